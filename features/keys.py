"""Which keys a movement shares with other movements: its parties, vehicles, goods and places."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Body = Mapping[str, Any]

#: Keys of one party, vehicle or pair: their history is known up to the moment before.
ENTITY_KEYS = (
    "consignor",
    "consignee",
    "declarant",
    "carrier",
    "vehicle",
    "trailer",
    "container",
    "consignee_goods",
    "consignor_consignee",
    "vehicle_post",
)

#: Keys everybody shares. Their states would serialise all requests, so they read closed days only.
POPULATION_KEYS = ("hs6", "goods_origin", "route", "post", "everything")

#: What an extra key declared by an import mapping is called among the keys.
EXTRA_PREFIX = "extra_"


def keys_of(kind: str, body: Body) -> dict[str, str]:
    """Keys of a consignment or crossing, by kind of key; a kind the record lacks is absent.

    The texts are pseudonyms or codes and are unique within their kind of key.
    """
    return consignment_keys(body) if kind == "consignment" else crossing_keys(body)


def consignment_keys(body: Body) -> dict[str, str]:
    """Keys of a consignment; goods are those of its first item."""
    keys = _parties(body, ("consignor", "consignee", "declarant", "carrier"))
    _vehicles(body, keys)
    containers = body.get("container_keys")
    if containers:
        keys["container"] = containers[0]
    item = body["items"][0]
    commodity: str = item["commodity_code"]
    heading = commodity[:4]
    consignee = keys.get("consignee")
    if consignee:
        keys["consignee_goods"] = f"{consignee}:{heading}"
        if "consignor" in keys:
            keys["consignor_consignee"] = f"{keys['consignor']}:{consignee}"
    keys["hs6"] = commodity[:6]
    keys["goods_origin"] = f"{heading}:{item.get('country_origin', '-')}"
    keys["route"] = f"{body.get('country_dispatch', '-')}:{body.get('country_destination', '-')}"
    return _everywhere(body, body["owner_post"], keys)


def crossing_keys(body: Body) -> dict[str, str]:
    """Keys of a crossing; its post is the crossing point."""
    keys = _parties(body, ("carrier",))
    _vehicles(body, keys)
    post: str = body["bcp_id"]
    if "vehicle" in keys:
        keys["vehicle_post"] = f"{keys['vehicle']}:{post}"
    return _everywhere(body, post, keys)


def _parties(body: Body, roles: tuple[str, ...]) -> dict[str, str]:
    # A trader who is a natural person has no key in the body, and so no history.
    return {role: body[f"{role}_key"] for role in roles if body.get(f"{role}_key")}


def _vehicles(body: Body, keys: dict[str, str]) -> None:
    if body.get("vehicle_key"):
        keys["vehicle"] = body["vehicle_key"]
    if body.get("trailer_key"):
        keys["trailer"] = body["trailer_key"]


def _everywhere(body: Body, post: str, keys: dict[str, str]) -> dict[str, str]:
    keys["post"] = post
    keys["everything"] = "all"
    for name, text in body.get("extra_keys", {}).items():
        keys[EXTRA_PREFIX + name] = text
    return keys
