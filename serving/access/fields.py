"""What of an answer its reader may see: one function, which every answer passes on its way out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from serving.access.policy import Policy
from serving.access.principal import Principal

#: Segments of a member's path that stand for many.
_RISK, _RISK_ITEM, _ITEM = "<risk>", "[<risk>]", "[]"


@dataclass
class _Node:
    """A place in an answer.

    Attributes:
        whole: Everything below is seen as it stands.
        below: What is seen below, by segment; all of it whole if `flat`.
    """

    whole: bool = False
    flat: bool = False
    below: dict[str, _Node] = field(default_factory=dict)


class Fields:
    """The members of answers that each role may see, made once."""

    def __init__(self, policy: Policy) -> None:
        self._risks = frozenset(policy.risks)
        self._trees = {
            (name, answer): _made(members, role.fields)
            for name, role in policy.roles.items()
            for answer, members in policy.members.items()
        }

    def shown(self, principal: Principal, answer: str, body: Mapping[str, Any]) -> Any:
        """The members of an answer that the principal may see.

        A member that the policy does not name is shown to nobody.

        Args:
            principal: The reader.
            answer: Name of the answer in the policy's `members`.
            body: The answer.
        """
        tree = self._trees[principal.role, answer]
        return _part(tree, body, principal.scopes & self._risks)

    def sees_a_risk(self, principal: Principal) -> bool:
        """Whether there is any risk the principal may see; else no movement exists for it."""
        return not self._risks.isdisjoint(principal.scopes)


def _part(node: _Node, value: Any, scopes: Collection[str]) -> Any:
    if node.whole or value is None:
        return value
    below = node.below
    if isinstance(value, dict):
        if node.flat:
            return {k: v for k, v in value.items() if k in below}
        of_risk = below.get(_RISK)
        if of_risk is not None:
            return {k: _part(of_risk, v, scopes) for k, v in value.items() if k in scopes}
        seen = {}
        for name, inner in value.items():
            inside = below.get(name)
            if inside is not None:
                seen[name] = inner if inside.whole else _part(inside, inner, scopes)
        return seen
    of_risk = below.get(_RISK_ITEM)
    if of_risk is not None:
        return [_part(of_risk, one, scopes) for one in value if one["risk"] in scopes]
    return [_part(below[_ITEM], one, scopes) for one in value]


def _made(members: Mapping[str, str], rights: Collection[str]) -> _Node:
    root = _Node()
    for path, right in members.items():
        if right in rights:
            node = root
            for segment in path.split("."):
                node = node.below.setdefault(segment, _Node())
            node.whole = True
    _flatten(root)
    return root


def _flatten(node: _Node) -> None:
    for one in node.below.values():
        _flatten(one)
    # Most members are: to walk into each takes three times as long.
    many = {_RISK, _RISK_ITEM, _ITEM} & set(node.below)
    node.flat = not many and all(one.whole for one in node.below.values())
