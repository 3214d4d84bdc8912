"""Which keys a movement shares with other movements: its parties, vehicles, goods and places."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from features.geography import area_in, corridor_of

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
    "declaration",
    "consignee_goods",
    "consignor_consignee",
    "consignee_declarant",
    "vehicle_post",
    "vehicle_trailer",
)

#: Keys everybody shares. Their states would serialise all requests, so they read closed days only.
POPULATION_KEYS = (
    "hs6",
    "hs4",
    "goods_origin",
    "goods_package",
    "route",
    "route_currency",
    "post",
    "post_hour",
    "leg",
    "corridor",
    "area",
    "everything",
)

#: What an extra key declared by an import mapping is called among the keys.
EXTRA_PREFIX = "extra_"


def keys_of(kind: str, body: Body) -> dict[str, str]:
    """Keys of a consignment or crossing, by kind of key; a kind the record lacks is absent.

    The texts are pseudonyms or codes and are unique within their kind of key.
    """
    return consignment_keys(body) if kind == "consignment" else crossing_keys(body)


def consignment_keys(body: Body) -> dict[str, str]:
    """Keys of a consignment; goods are those of its first item.

    Its `declaration` is its own reference: what is known of the crossing that carried it.
    """
    keys = _parties(body, ("consignor", "consignee", "declarant", "carrier"))
    _vehicles(body, keys)
    containers = body.get("container_keys")
    if containers:
        keys["container"] = containers[0]
    if body.get("declaration_ref"):
        keys["declaration"] = body["declaration_ref"]
    item = body["items"][0]
    commodity: str = item["commodity_code"]
    heading = commodity[:4]
    consignee = keys.get("consignee")
    if consignee:
        keys["consignee_goods"] = f"{consignee}:{heading}"
        if "consignor" in keys:
            keys["consignor_consignee"] = f"{keys['consignor']}:{consignee}"
        if "declarant" in keys:
            keys["consignee_declarant"] = f"{consignee}:{keys['declarant']}"
    route = f"{body.get('country_dispatch', '-')}:{body.get('country_destination', '-')}"
    keys["hs6"] = commodity[:6]
    keys["hs4"] = heading
    keys["goods_origin"] = f"{heading}:{item.get('country_origin', '-')}"
    keys["goods_package"] = f"{heading}:{item.get('package_type', '-')}"
    keys["route"] = route
    keys["route_currency"] = f"{route}:{body.get('invoice_currency', '-')}"
    # Lorries, trains and ships take their own time over the same way.
    keys["leg"] = f"{route}:{body.get('mode_of_transport_border', '-')}"
    return _everywhere(body, body["owner_post"], keys)


def crossing_keys(body: Body) -> dict[str, str]:
    """Keys of a crossing; its post is the crossing point.

    Its `declaration` is the first one it is linked to.
    """
    keys = _parties(body, ("carrier",))
    _vehicles(body, keys)
    post: str = body["bcp_id"]
    if "vehicle" in keys:
        keys["vehicle_post"] = f"{keys['vehicle']}:{post}"
        if "trailer" in keys:
            keys["vehicle_trailer"] = f"{keys['vehicle']}:{keys['trailer']}"
    declarations = body.get("linked_declaration_refs")
    if declarations:
        keys["declaration"] = declarations[0]
    keys["post_hour"] = f"{post}:{hour_of_week(body)}"
    if body.get("previous_bcp_id"):
        keys["leg"] = f"{body['previous_bcp_id']}:{post}:{body['vehicle_class']}"
    return _everywhere(body, post, keys)


def hour_of_week(body: Body) -> int:
    """Hour of the week of the event, UTC, from Monday 0 h: 0 to 167."""
    # The body keeps the zone it was sent in.
    at = datetime.fromisoformat(body["event_at"]).astimezone(UTC)
    return 24 * at.weekday() + at.hour


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
    corridor, area = corridor_of(post), area_in(post, body["owner_country"])
    if corridor:
        keys["corridor"] = corridor
    if area:
        keys["area"] = area
    keys["everything"] = "all"
    for name, text in body.get("extra_keys", {}).items():
        keys[EXTRA_PREFIX + name] = text
    return keys
