"""The interface's description, OpenAPI 3.1: examples in it are accepted as they stand, today."""

from __future__ import annotations

import copy
from datetime import datetime
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from features.records import KINDS
from features.records.examples import example
from serving.problems import MEDIA_TYPE, TYPES
from serving.schemas import Problem

_SCHEMAS = "#/components/schemas/"

_ABOUT = (
    "Scores movements of goods and vehicles across borders for the risk of arms and of smuggling, "
    "and says why. It scores movements, never persons, and a person always decides. "
    "What is sent twice is stored once; what is answered is durable."
)


def body_of(kind: str, *, batch: bool = False) -> dict[str, Any]:
    """How an operation that takes a record, or an array of them, is described."""
    one = {"$ref": _SCHEMAS + KINDS[kind].__name__}
    many = {"type": "array", "items": one, "minItems": 1, "maxItems": 10_000}
    content = {"application/json": {"schema": many if batch else one}}
    return {"requestBody": {"required": True, "content": content}, "x-kind": kind}


def problems_of(*kinds: str) -> dict[int | str, dict[str, Any]]:
    """How the problems an operation may answer with are described."""
    told: dict[int | str, dict[str, Any]] = {}
    for kind in kinds:
        status, title, _ = TYPES[kind]
        before = told.get(status)
        told[status] = {
            "description": f"{before['description']}; or: {title}" if before else title,
            "content": {MEDIA_TYPE: {"schema": {"$ref": _SCHEMAS + "Problem"}}},
        }
    return told


def described(app: FastAPI) -> dict[str, Any]:
    """The description without examples of bodies."""
    spec = get_openapi(title="Vardar", version=app.version, description=_ABOUT, routes=app.routes)
    models: list[type[BaseModel]] = [*KINDS.values(), Problem]
    _, made = models_json_schema(
        [(model, "validation") for model in models], ref_template=_SCHEMAS + "{model}"
    )
    schemas = spec.setdefault("components", {}).setdefault("schemas", {})
    schemas |= made["$defs"]
    for schema in schemas.values():
        # Those of a fixed day go out of date; each operation bears one of today.
        schema.pop("examples", None)
    return spec


def with_examples(spec: dict[str, Any], now: datetime) -> dict[str, Any]:
    """The description with an example of each body that is accepted at `now`."""
    spec = copy.deepcopy(spec)
    for path in spec["paths"].values():
        for operation in path.values():
            kind = operation.pop("x-kind", None)
            if kind:
                content = operation["requestBody"]["content"]["application/json"]
                one = fresh_example(kind, now)
                content["example"] = [one] if content["schema"].get("type") == "array" else one
    return spec


def fresh_example(kind: str, now: datetime) -> dict[str, Any]:
    """A record that is accepted at `now`; another second, another record."""
    body = example(kind, now)
    for name in ("source_record_id", "movement_source_record_id"):
        if name in body:
            body[name] = f"{body[name]}-{now:%Y%m%dT%H%M%S}"
    return body
