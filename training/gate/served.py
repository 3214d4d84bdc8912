"""Whether offline and served features are the same, and the champion still says what it said.

Read from the scores a store keeps: each has the integers it was made of, the heads that were asked
and their margins. The integers are derived anew from the ledger, and the margins from the integers;
not a bit may differ.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
from sqlalchemy import select

from features.finish import finished
from features.ledger import tables
from features.ledger.connection import reading
from features.ledger.export import export
from features.ledger.packing import unpack_integers
from features.ledger.store import Epoch, Ledger
from features.registry import FeatureSet
from features.table import differing_cells
from models.champion import Champion
from training.gate.verdicts import Check, Value


@dataclass(frozen=True)
class Stored:
    """A score as it was stored.

    Attributes:
        features: Those it was made with.
        spec_sha256: Their hash at that time.
        integers: What its columns were made of, by name.
        heads: Manifest hashes of the heads asked, by risk.
        margins: What they said; None where they abstained.
        probabilities: Likewise.
    """

    score_id: str
    epoch: int
    u: int
    subject: str
    features: FeatureSet
    spec_sha256: str
    integers: Mapping[str, int]
    heads: Mapping[str, str]
    margins: Mapping[str, float | None]
    probabilities: Mapping[str, float | None]


def stored_scores(ledger: Ledger, *, sample: int, seed: int) -> list[Stored]:
    """A sample of the epoch's scores, drawn by seed; all of them if there are fewer."""
    c = tables.scores.c
    with reading(ledger.engine) as connection:
        ids = list(
            connection.execute(
                select(c.score_id).where(c.epoch == ledger.epoch.number).order_by(c.u)
            ).scalars()
        )
        chosen = ids if len(ids) <= sample else random.Random(seed).sample(ids, sample)  # noqa: S311
        rows = [
            connection.execute(select(tables.scores).where(c.score_id == score_id)).one()
            for score_id in chosen
        ]
    return [_stored(row) for row in rows]


def parity_check(challenger: Champion, ledger: Ledger, stored: Sequence[Stored]) -> Check:
    """Refused where a head reads other features than the ledger's, or a served integer differs."""
    features = ledger.features
    for head in challenger.heads.values():
        if head.card.spec_sha256 != features.sha256:
            why = (
                f"{head.card.name} reads features {head.card.spec_sha256[:12]}…, and the ledger's are "
                f"{features.sha256[:12]}…: train it anew from an export of this ledger."
            )
            return Check("feature parity", "", "refused", why, acceptable=False)
    comparable = [one for one in stored if one.features.sha256 == one.spec_sha256]
    if not comparable:
        why = (
            f"Nothing served by these features is stored; the heads read the ledger's own, "
            f"{features.sha256[:12]}…."
        )
        return Check("feature parity", "", "ok", why, {"scores": 0}, acceptable=False)
    cells, differing = 0, []
    for (epoch, subject, _), group in groupby(sorted(comparable, key=_origin), key=_origin):
        served = _served(list(group), subject)
        derived = _derived(ledger, epoch, subject, served, comparable)
        cells += served.num_rows * (served.num_columns - 1)
        differing += differing_cells(served, derived.select(served.column_names))
    figures: dict[str, Value] = {
        "scores": len(comparable),
        "cells": cells,
        "differing": len(differing),
    }
    if differing:
        first = differing[0]
        why = (
            f"{len(differing):,} of {cells:,} served integers differ from those derived offline: at u "
            f"{first.u} {first.name} was served as {first.expected}, derived {first.found}."
        )
        return Check("feature parity", "", "refused", why, figures, acceptable=False)
    why = f"{len(comparable)} scores derived anew from the ledger: equal in all {cells:,} integers."
    return Check("feature parity", "", "ok", why, figures, acceptable=False)


def replay_check(champion: Champion | None, stored: Sequence[Stored]) -> Check:
    """Refused where the champion no longer says, to the bit, what it said."""
    heads = champion.heads if champion else {}
    compared, differing = 0, []
    for one in stored:
        for risk, manifest_sha256 in one.heads.items():
            head = heads.get((one.subject, risk))
            readable = one.features.sha256 == one.spec_sha256
            if head is None or head.manifest_sha256 != manifest_sha256 or not readable:
                continue
            columns = one.features.columns(one.subject, head.card.target_results)
            integers = {n: np.array([value], np.int64) for n, value in one.integers.items()}
            margin = float(head.margins(finished(columns, integers))[0])
            said = one.margins.get(risk)
            if said is None:
                continue
            compared += 1
            probability = head.calibration.probability_of(margin)
            if margin != said or probability != one.probabilities.get(risk):
                differing.append(f"{one.score_id} {risk}: {said!r} then, {margin!r} now")
    figures: dict[str, Value] = {"margins": compared, "differing": len(differing)}
    if differing:
        why = f"{len(differing)} of {compared} stored margins come out otherwise: {differing[0]}."
        return Check("replay", "", "refused", why, figures, acceptable=False)
    if not compared:
        return Check("replay", "", "ok", "No score of this champion is stored.", figures)
    why = f"The champion made {compared} stored margins again, equal to the bit."
    return Check("replay", "", "ok", why, figures, acceptable=False)


def _stored(row: Any) -> Stored:
    answer = orjson.loads(row.answer)
    basis = answer["basis"]
    features = FeatureSet.from_json(basis["features"])
    names = features.integer_names[row.subject]
    values = unpack_integers(row.integers)
    return Stored(
        score_id=row.score_id,
        epoch=row.epoch,
        u=row.u,
        subject=row.subject,
        features=features,
        spec_sha256=basis["spec_sha256"],
        # Of other features than this program's the names may be others, and nothing is compared.
        integers=dict(zip(names, values, strict=False)),
        heads=basis["heads"],
        margins=basis["margins"],
        probabilities={risk: said.get("probability") for risk, said in answer["risks"].items()},
    )


def _origin(one: Stored) -> tuple[int, str, str]:
    return one.epoch, one.subject, one.spec_sha256


def _served(group: Sequence[Stored], subject: str) -> pa.Table:
    """The integers as stored: `u` and one column an integer, ordered by u."""
    ordered = sorted(group, key=lambda one: one.u)
    names = ordered[0].features.integer_names[subject]
    columns = {name: np.array([one.integers[name] for one in ordered], np.int64) for name in names}
    return pa.table({"u": np.array([one.u for one in ordered], np.int64), **columns})


def _derived(
    ledger: Ledger, epoch: int, subject: str, served: pa.Table, stored: Sequence[Stored]
) -> pa.Table:
    """The same integers made anew by the offline engine, from the ledger as it was then."""
    import ibis

    from features.table import integers_of

    wanted = served["u"].to_pylist()
    features = next(one.features for one in stored if one.u == wanted[0])
    past = Ledger(ledger.engine, ledger.keyring, clock=ledger.clock)
    past.epoch = Epoch(epoch, features, features.sha256)
    with TemporaryDirectory() as folder:
        # Later rows cannot change an earlier one's integers; left out, they need not be trusted to.
        export(past, Path(folder), until_u=max(wanted) + 1)
        events = ibis.duckdb.connect().read_parquet(f"{folder}/events-*.parquet")
        asked = events.mutate(is_movement=events.is_movement & events.u.isin(wanted))
        made: pa.Table = integers_of(asked, features, subject)
    return made
