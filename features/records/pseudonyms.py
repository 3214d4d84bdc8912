"""What stands in the ledger in place of an identifier."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson

from features.records.base import Record
from features.records.identifiers import clean, compact, plate

#: Role of a trader, by the field that holds its identifier; one firm has one key in all roles.
TRADER_FIELDS = {
    "consignor_id": "consignor",
    "consignee_id": "consignee",
    "declarant_id": "declarant",
    "carrier_id": "carrier",
}

#: Domain and key field of every other identifier.
_OTHER_FIELDS = {
    "vehicle_id": ("vehicle", "vehicle_key"),
    "trailer_id": ("vehicle", "trailer_key"),
    "linked_vehicle_id": ("vehicle", "linked_vehicle_key"),
    "linked_trader_id": ("trader", "linked_trader_key"),
    "linked_container_id": ("container", "linked_container_key"),
}


@dataclass(frozen=True)
class Identifier:
    """A pseudonym and what it stands for; the plain text has to be sealed before it is kept."""

    pseudonym: str
    domain: str
    plaintext: str


@dataclass(frozen=True)
class StoredBody:
    """A record as the ledger keeps it, and the identifiers that were taken out of it.

    Attributes:
        body: Plain JSON values; identifiers are pseudonyms of 32 hexadecimal digits.
        identifiers: Traders, vehicles and containers; no natural persons, no extra keys.
    """

    body: dict[str, object]
    identifiers: tuple[Identifier, ...]


class Pseudonymiser:
    """Keyed pseudonyms (HMAC-SHA-256) under the deployment's secret.

    The same identifier has the same pseudonym for ever; another secret changes them all.
    """

    def __init__(self, secret: bytes) -> None:
        self._keyed = hmac.new(secret, digestmod=sha256)

    def key(self, domain: str, identifier: str) -> str:
        """Pseudonym of 32 hexadecimal digits (128 bits), the same for all spellings.

        Args:
            domain: "trader", "vehicle" (trailers too), "container", or an extra key's name.
            identifier: As submitted.
        """
        return self._code(f"{domain}\0{normalised(domain, identifier)}".encode())[:32]

    def stored_body(self, record: Record) -> StoredBody:
        """The record without identifiers; natural persons leave no key at all."""
        body: dict[str, Any] = record.model_dump(mode="json", exclude_none=True)
        taken: dict[Identifier, None] = {}

        def pseudonym(domain: str, plaintext: str) -> str:
            key = self.key(domain, plaintext)
            taken[Identifier(key, domain, plaintext)] = None
            return key

        for field, role in TRADER_FIELDS.items():
            trader = body.pop(field, None)
            if trader is not None and not body[f"{role}_is_natural_person"]:
                body[f"{role}_key"] = pseudonym("trader", trader)
        for field, (domain, key_field) in _OTHER_FIELDS.items():
            plaintext = body.pop(field, None)
            if plaintext is not None:
                body[key_field] = pseudonym(domain, plaintext)
        if "container_ids" in body:
            containers = body.pop("container_ids")
            body["container_keys"] = [pseudonym("container", number) for number in containers]
        if "extra_keys" in body:
            extra = body["extra_keys"].items()
            body["extra_keys"] = {name: self.key(name, text) for name, text in extra}
        return StoredBody(body, tuple(taken))

    def content_code(self, kind: str, payload_record: Record) -> str:
        """64 hexadecimal digits that are equal if and only if the contents are.

        The content is the record without `known_at` and `quality_flags`. The code is keyed:
        identifiers cannot be guessed from it.
        """
        content = payload_record.model_dump(mode="json", exclude={"known_at", "quality_flags"})
        canonical = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
        return self._code(b"content\0" + kind.encode() + b"\0" + canonical)

    def _code(self, message: bytes) -> str:
        keyed = self._keyed.copy()
        keyed.update(message)
        return keyed.hexdigest()


def stored_name(field: str) -> str:
    """What a field of a record is called in the stored body.

    >>> stored_name("consignee_id"), stored_name("bcp_id")
    ('consignee_key', 'bcp_id')
    """
    if field in TRADER_FIELDS:
        return f"{TRADER_FIELDS[field]}_key"
    if field == "container_ids":
        return "container_keys"
    return _OTHER_FIELDS[field][1] if field in _OTHER_FIELDS else field


def normalised(domain: str, identifier: str) -> str:
    """The identifier in the spelling all its spellings share."""
    if domain == "vehicle":
        return plate(identifier)
    text = clean(identifier)
    return (compact(text) or text) if domain in {"trader", "container"} else text
