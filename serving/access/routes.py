"""Whether the policy names every address of the service, and no other."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from serving.access.policy import Policy, PolicyRefused


def check_register(app: FastAPI, policy: Policy) -> None:
    """Refuse a policy that leaves an address out, or names one that is not there.

    Raises:
        PolicyRefused: naming the addresses.
    """
    there, named = addresses(app), set(policy.endpoints)
    if there - named:
        missing = ", ".join(sorted(there - named))
        raise PolicyRefused(f"The policy of access does not say who may ask: {missing}.")
    if named - there:
        extra = ", ".join(sorted(named - there))
        raise PolicyRefused(f"The policy of access names what is not there: {extra}.")


def addresses(app: FastAPI) -> set[str]:
    """Method and path of everything the application answers."""
    return {
        f"{method} {route.path}"
        for route in iter_route_contexts(app.routes)
        for method in route.methods or ("GET",)
    }
