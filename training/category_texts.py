"""What the codes of categorical columns stand for, so that a card can say it in words."""

from __future__ import annotations

import orjson
from sqlalchemy import select

from features.ledger import tables
from features.ledger.connection import reading
from features.ledger.store import Ledger
from features.registry import category_code

_BATCH = 10_000


def category_texts(ledger: Ledger) -> dict[str, dict[int, str]]:
    """Text by raw code, for each categorical extension attribute, by the name of its column."""
    names = [name for name, kind in ledger.features.extension if kind == "categorical"]
    found: dict[str, dict[int, str]] = {f"extension_{name}": {} for name in names}
    if not names:
        return found
    c = tables.ledger.c
    query = select(c.body).where(
        c.epoch == ledger.epoch.number, c.kind == "consignment", c.takes_back.is_(None)
    )
    with reading(ledger.engine) as connection:
        rows = connection.execution_options(yield_per=_BATCH).execute(query)
        for (body,) in rows:
            extension = orjson.loads(body).get("extension", {})
            for name in names:
                text = extension.get(name)
                code = category_code(text)
                if code is not None:
                    found[f"extension_{name}"][code] = str(text)
    return found
