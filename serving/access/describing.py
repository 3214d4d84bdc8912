"""What the interface's description says of access: how one is known, and what each address asks for."""

from __future__ import annotations

from typing import Any

from serving.access.policy import Endpoint, Policy
from serving.describing import problems_of

_KEY, _OAUTH, _SESSION = "key", "oauth2", "session"


def with_security(spec: dict[str, Any], policy: Policy) -> dict[str, Any]:
    """The description with what the policy says; changes and returns it."""
    schemes = spec.setdefault("components", {}).setdefault("securitySchemes", {})
    schemes |= _schemes(policy)
    for path, operations in spec["paths"].items():
        for method, operation in operations.items():
            endpoint = policy.endpoints.get(f"{method.upper()} {path}")
            if endpoint is not None:
                _describe(operation, endpoint, repeats=method == "post" and path.startswith("/v1/"))
    return spec


def _schemes(policy: Policy) -> dict[str, Any]:
    scopes = {**policy.acts, **{risk: f"See the risk of {risk}" for risk in policy.risks}}
    return {
        _KEY: {
            "type": "http",
            "scheme": "bearer",
            "description": "An API key: vardar access keys create",
        },
        _OAUTH: {
            "type": "oauth2",
            "flows": {"clientCredentials": {"tokenUrl": "/oauth/token", "scopes": scopes}},
        },
        _SESSION: {
            "type": "apiKey",
            "in": "cookie",
            "name": "vardar_session",
            "description": "Of people, from POST /session; __Host-vardar_session over https. Requests "
            "that change something need the header X-CSRF-Token besides.",
        },
    }


def _describe(operation: dict[str, Any], endpoint: Endpoint, *, repeats: bool) -> None:
    refusals = {} if endpoint.budget is None else problems_of("too-many")
    if endpoint.open_to == "public":
        operation["security"] = []
    else:
        operation["security"] = [{_KEY: []}, {_OAUTH: [endpoint.act]}, {_SESSION: []}]
        if endpoint.open_to == "loopback":
            operation["security"].append({})
        refusals |= problems_of("unauthenticated", "forbidden")
    if repeats:
        operation.setdefault("parameters", []).append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "schema": {"type": "string", "minLength": 1, "maxLength": 255},
                "description": "The same key and body get the same answer again for a day.",
            }
        )
    for status, told in refusals.items():
        operation["responses"].setdefault(str(status), told)
