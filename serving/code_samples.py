"""How each operation is called, in curl and in Python, ready to be pasted: made of the same examples.

A key is read from VARDAR_API_KEY, and the id of one's own score from SCORE_ID; nothing else is left open.
"""

from __future__ import annotations

from collections.abc import Mapping
from pprint import pformat
from shlex import quote
from typing import Any
from urllib.parse import quote as url_quote
from urllib.parse import urlencode

import orjson

#: Parameters whose value only the caller knows, and the variable it is read from.
_FROM_ENVIRONMENT = {"score_id": "SCORE_ID"}

_FIXED: dict[str, str] = {"kind": "overloaded", "since_u": "0", "limit": "100", "reasons": "true"}


def with_samples(spec: dict[str, Any], base: str) -> dict[str, Any]:
    """The description, in which every operation that can be called so bears its samples.

    Args:
        spec: With an example of each body.
        base: The service's address, with a slash at its end.
    """
    reference = _reference(spec)
    for path, operations in spec["paths"].items():
        for method, operation in operations.items():
            values = _values(operation, reference)
            if values is None:
                continue
            body = _body(operation)
            operation["x-codeSamples"] = [
                {"lang": "Shell", "label": "curl", "source": _curl(method, base, path, values, body)},
                {"lang": "Python", "label": "httpx", "source": _python(method, base, path, values, body)},
            ]  # fmt: skip
    return spec


def _reference(spec: Mapping[str, Any]) -> dict[str, str]:
    """The reference of the consignment in the examples, by which it can be looked up once it was sent."""
    operation = spec["paths"].get("/v1/consignments", {}).get("post")
    body = _body(operation) if operation else None
    names = ("source_system", "source_record_id")
    return {name: body[name] for name in names} if isinstance(body, dict) else {}


def _values(operation: Mapping[str, Any], reference: Mapping[str, str]) -> dict[str, str] | None:
    """What to write for each required parameter; None if one is not known, or the body is not."""
    known = {**_FIXED, **reference, **{name: f"${v}" for name, v in _FROM_ENVIRONMENT.items()}}
    required = [p["name"] for p in operation.get("parameters", ()) if p.get("required")]
    if any(name not in known for name in required):
        return None
    if "requestBody" in operation and _body(operation) is None:
        return None
    return {name: known[name] for name in required}


def _body(operation: Mapping[str, Any]) -> Any:
    content = operation.get("requestBody", {}).get("content", {})
    return content.get("application/json", {}).get("example")


def _curl(method: str, base: str, path: str, values: Mapping[str, str], body: Any) -> str:
    address = _address(base, path, values)
    # Within double quotes the shell puts in what the environment holds.
    told = f'"{address}"' if "$" in address else quote(address)
    lines = [f"curl --fail-with-body --request {method.upper()} {told}",
             '--header "Authorization: Bearer $VARDAR_API_KEY"']  # fmt: skip
    if body is not None:
        lines += [f"--json {quote(orjson.dumps(body, option=orjson.OPT_INDENT_2).decode())}"]
    return " \\\n  ".join(lines)


def _python(method: str, base: str, path: str, values: Mapping[str, str], body: Any) -> str:
    address = repr(_address(base, path, values))
    for variable in _FROM_ENVIRONMENT.values():
        address = address.replace(f"${variable}", f"' + os.environ['{variable}'] + '")
    lines = [
        "import os",
        "",
        "import httpx",
        "",
        "key = os.environ.get('VARDAR_API_KEY', 'none')",
        "answer = httpx.request(",
        f"    {method.upper()!r},",
        f"    {address},",
        "    headers={'Authorization': f'Bearer {key}'},",
    ]
    if body is not None:
        shown = pformat(body, sort_dicts=False, width=92).replace("\n", "\n    ")
        lines.append(f"    json={shown},")
    lines += ["    timeout=30,", ")", "answer.raise_for_status()", "print(answer.text)"]
    return "\n".join(lines)


def _address(base: str, path: str, values: Mapping[str, str]) -> str:
    rest = dict(values)
    for name in list(rest):
        if f"{{{name}}}" in path:
            path = path.replace(f"{{{name}}}", url_quote(rest.pop(name), safe="$"))
    query = f"?{urlencode(rest)}" if rest else ""
    return base.rstrip("/") + path + query
