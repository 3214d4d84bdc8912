"""The pages one may turn to, in the order they are listed at the top of each."""

from __future__ import annotations

from dataclasses import dataclass

from models.languages import Language
from serving.access.policy import Policy
from serving.access.principal import Principal


@dataclass(frozen=True)
class Link:
    """A page and what it is called."""

    address: str
    name: str


def links(policy: Policy, by: Principal, spoken: Language) -> list[Link]:
    """The pages that the policy opens to the reader."""
    every = (
        Link("/review/queue", spoken.words("Queue")),
        Link("/review/search", spoken.words("Search")),
        Link("/review/figures", spoken.words("Figures")),
        Link("/review/fairness", spoken.words("Fairness")),
        Link("/review/model", spoken.words("Model")),
        Link("/review/register", spoken.words("What is scored")),
    )
    return [link for link in every if _is_open(policy, by, link.address)]


def home(policy: Policy, by: Principal, spoken: Language) -> str:
    """Where the reader begins; the first page where none is open."""
    return next((link.address for link in links(policy, by, spoken)), "/")


def _is_open(policy: Policy, by: Principal, address: str) -> bool:
    place = policy.register.at("GET", address)
    return place is not None and place.endpoint.act in by.scopes
