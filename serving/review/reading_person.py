"""Who reads a page, in words: the role, and what somebody is responsible for."""

from __future__ import annotations

from models.languages import Language
from serving.access.principal import ALL, Principal

#: Beyond these, posts are counted rather than named.
_MOST_POSTS = 3


def role_in_words(role: str, spoken: Language) -> str:
    """What a role is called; an office's own by its name in the policy."""
    known = {
        "customs_system": spoken.words("Customs system"),
        "field_officer": spoken.words("Field officer"),
        "shift_supervisor": spoken.words("Shift supervisor"),
        "national_analyst": spoken.words("National analyst"),
        "liaison_officer": spoken.words("Liaison officer"),
        "model_steward": spoken.words("Model steward"),
        "auditor": spoken.words("Auditor"),
        "admin": spoken.words("Administrator"),
        "foreign_partner": spoken.words("Foreign partner"),
    }
    return known.get(role) or role.replace("_", " ")


def posts_in_words(by: Principal, spoken: Language) -> str:
    """The posts somebody is responsible for, or the countries where it is all posts of them."""
    if by.posts and ALL not in by.posts:
        named = ", ".join(by.posts[:_MOST_POSTS])
        more = len(by.posts) - _MOST_POSTS
        if more <= 0:
            return named
        return spoken.say("{named} and {n} more", named=named, n=more)
    if ALL in by.countries:
        return spoken.words("all countries")
    return ", ".join(by.countries)
