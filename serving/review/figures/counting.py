"""Reading what came to the ledger since the last time, in the order of u."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson
from sqlalchemy import Connection, select, tuple_

from features.ledger import tables
from features.registry import SUBJECTS
from serving.review.figures.facts import (
    DAY,
    Asked,
    Control,
    Facts,
    Movement,
    Said,
    group_of,
    place_of,
    said_of,
)
from serving.review.figures.stability import Bins

_BATCH = 5_000
#: Values in one list of a statement: stores bound how many parameters it may have.
_LISTED = 400

_ledger, _scores, _plates = tables.ledger.c, tables.scores.c, tables.plate_countries.c

#: Countries of plates are set aside by identity and version; only crossings have one.
_ITS_PLATE = (
    (_plates.source_system == _ledger.source_system)
    & (_plates.source_record_id == _ledger.source_record_id)
    & (_plates.record_version == _ledger.record_version)
    & (_ledger.kind == "crossing")
)

#: Bins of each head that serves, by the hash of its manifest.
HeadBins = Mapping[str, Bins]


def catch_up(connection: Connection, facts: Facts, *, since: int, bins: HeadBins) -> None:
    """Count what is new, within the caller's transaction.

    Args:
        connection: Sees one state of the store.
        facts: What was counted before; changed in place.
        since: What became known before it is left out, microseconds since 1970 UTC.
        bins: How the scores of the heads that serve are counted.
    """
    begin = max(facts.read_to, since - 1)
    last = connection.execute(
        select(_ledger.u).where(_ledger.epoch == facts.epoch).order_by(_ledger.u.desc()).limit(1)
    ).scalar()
    if last is not None and last > begin:
        _count_movements(connection, facts, begin)
        _count_controls(connection, facts, begin)
        facts.read_to = last
    _count_scores(connection, facts, since=since, bins=bins)


def _count_movements(connection: Connection, facts: Facts, begin: int) -> None:
    rows = connection.execution_options(yield_per=_BATCH).execute(
        select(
            _ledger.u, _ledger.kind, _ledger.source_system, _ledger.source_record_id,
            _ledger.takes_back, _ledger.body, _plates.plate_country,
        )
        .select_from(tables.ledger.outerjoin(tables.plate_countries, _ITS_PLATE))
        .where(_ledger.epoch == facts.epoch, _ledger.u > begin, _ledger.kind.in_(SUBJECTS))
        .order_by(_ledger.u)
    )  # fmt: skip
    # A version that is taken back is followed by the one that takes its place.
    taken_back: set[tuple[str, str, str]] = set()
    for u, kind, system, record_id, takes_back, body, plate in rows:
        identity = (kind, system, record_id)
        if takes_back is not None:
            taken_back.add(identity)
            continue
        stored = orjson.loads(body)
        place = place_of(system, stored)
        if identity in taken_back:
            taken_back.discard(identity)
            facts.records.add(u, (place, kind, "again"))
            continue
        facts.movements.add(u, (place, group_of(kind, stored)))
        if plate is not None:
            facts.plates.add(u, (place, plate, "crossings"))
        how = "flagged" if stored.get("quality_flags") else "accepted"
        facts.records.add(u, (place, kind, how))


def _count_controls(connection: Connection, facts: Facts, begin: int) -> None:
    about = tables.ledger.alias("about")
    rows = connection.execution_options(yield_per=_BATCH).execute(
        select(
            _ledger.u, _ledger.source_system, _ledger.source_record_id, _ledger.takes_back,
            _ledger.body, about.c.u.label("movement_u"), about.c.kind.label("movement_kind"),
            about.c.source_system.label("movement_system"),
            about.c.source_record_id.label("movement_id"),
            about.c.record_version.label("movement_version"),
            about.c.event_at.label("movement_at"), about.c.body.label("movement_body"),
        )
        .select_from(
            tables.ledger.outerjoin(
                about, (about.c.epoch == _ledger.epoch) & (about.c.u == _ledger.movement_u)
            )
        )
        .where(_ledger.epoch == facts.epoch, _ledger.u > begin, _ledger.kind == "inspection")
        .order_by(_ledger.u)
    )  # fmt: skip
    scored = connection.execute(select(_scores.u).limit(1)).first() is not None
    for some in rows.partitions(_LISTED):
        answers = _answers(connection, facts.epoch, some) if scored else {}
        for row in some:
            _note_control(facts, row, answers)


def _note_control(facts: Facts, row: Any, answers: Mapping[int, Mapping[str, Said]]) -> None:
    if row.takes_back is not None:
        return  # the version that takes its place follows
    identity = (row.source_system, row.source_record_id)
    stored = orjson.loads(row.body)
    before = facts.controls.get(identity)
    how = "again" if before else "flagged" if stored.get("quality_flags") else "accepted"
    facts.records.add(row.u, (place_of(row.source_system, stored), "inspection", how))
    movement: Movement | None = None
    place, group = place_of(row.source_system, stored), None
    if row.movement_kind in SUBJECTS:
        about = orjson.loads(row.movement_body)
        movement = (row.movement_kind, row.movement_system, row.movement_id)
        place, group = place_of(row.movement_system, about), group_of(row.movement_kind, about)
    facts.controls[identity] = Control(
        begun_u=before.begun_u if before else row.u,
        reason=stored["selection_reason"],
        result=stored["result"],
        movement=movement,
        movement_u=row.movement_u,
        movement_at=row.movement_at or 0,
        place=place,
        group=group,
        said=answers.get(row.movement_u, {}),
    )


def _answers(
    connection: Connection, epoch: int, rows: Sequence[Any]
) -> dict[int, Mapping[str, Said]]:
    """What was said of the movements these inspections are about, by u of the movement."""
    of = [row.movement_u for row in rows if row.movement_u is not None]
    found = connection.execute(
        select(_scores.u, _scores.answer).where(_scores.epoch == epoch, _scores.u.in_(of))
    )
    told: dict[int, Mapping[str, Said]] = {u: said_of(orjson.loads(a)) for u, a in found}
    missing = [row for row in rows if row.movement_u is not None and row.movement_u not in told]
    if epoch > 1 and missing:
        told |= _earlier_answers(connection, epoch, missing)
    return told


def _earlier_answers(
    connection: Connection, epoch: int, rows: Sequence[Any]
) -> dict[int, Mapping[str, Said]]:
    """The same from epochs before: there the version stands at another u."""
    wanted = {
        (row.movement_kind, row.movement_system, row.movement_id, row.movement_version): (
            row.movement_u
        )
        for row in rows
    }
    identity = (
        _ledger.kind, _ledger.source_system, _ledger.source_record_id, _ledger.record_version,
    )  # fmt: skip
    told: dict[int, Mapping[str, Said]] = {}
    named_all = list(wanted)
    for start in range(0, len(named_all), _LISTED // 4):
        some = named_all[start : start + _LISTED // 4]
        found = connection.execute(
            select(*identity, _scores.answer)
            .select_from(
                tables.ledger.join(
                    tables.scores, (_scores.epoch == _ledger.epoch) & (_scores.u == _ledger.u)
                )
            )
            .where(
                _ledger.epoch < epoch,
                tuple_(*identity).in_(some),
                _ledger.takes_back.is_(None),
            )
            .order_by(_ledger.epoch)
        )
        for *named, answer in found:
            told[wanted[tuple(named)]] = said_of(orjson.loads(answer))
    return told


def _count_scores(connection: Connection, facts: Facts, *, since: int, bins: HeadBins) -> None:
    epoch, u = facts.scores_to
    rows = connection.execution_options(yield_per=_BATCH).execute(
        select(
            _scores.epoch, _scores.u, _scores.subject, _scores.answer, _ledger.source_system,
            _ledger.source_record_id, _ledger.body, _plates.plate_country,
        )
        .select_from(
            tables.scores.join(
                tables.ledger, (_ledger.epoch == _scores.epoch) & (_ledger.u == _scores.u)
            ).outerjoin(tables.plate_countries, _ITS_PLATE)
        )
        .where(
            tuple_(_scores.epoch, _scores.u) > tuple_(epoch, u),
            _scores.u >= since,
        )
        .order_by(_scores.epoch, _scores.u)
    )  # fmt: skip
    for row in rows:
        _note_score(facts, row, bins)
        facts.scores_to = (row.epoch, row.u)


def _note_score(facts: Facts, row: Any, bins: HeadBins) -> None:
    answer, body = orjson.loads(row.answer), orjson.loads(row.body)
    place, group = place_of(row.source_system, body), group_of(row.subject, body)
    recommended = answer["recommendation"]
    action, because = recommended["action"], recommended["because"]
    facts.actions.add(row.u, (place, group, action, because))
    if row.plate_country is not None:
        facts.plates.add(row.u, (place, row.plate_country, "scored"))
        if action == "inspect" and because != "random":
            facts.plates.add(row.u, (place, row.plate_country, "recommended"))
    heads = answer["basis"]["heads"]
    for risk, said in said_of(answer).items():
        outcome = said.band or ("abstained" if said.asked else "no_model")
        facts.outcomes.add(row.u, (place, group, risk, outcome))
        head = bins.get(heads.get(risk, ""))
        if head is not None and said.probability is not None:
            facts.binned.add(row.u, (place, row.subject, risk, head.place(said.probability)))
    if action == "inspect":
        movement = (row.subject, row.source_system, row.source_record_id)
        new = Asked(movement, row.u, place, group, because)
        facts.asked[movement] = _first(facts.asked.get(movement), new)


def _first(before: Asked | None, new: Asked) -> Asked:
    return new if before is None else replace(before, u=min(before.u, new.u))


def forget_before(facts: Facts, since: int) -> bool:
    """Let go of what lies too far back; whether inspections were among it."""
    for counts in (
        facts.movements, facts.records, facts.actions, facts.outcomes, facts.binned, facts.plates
    ):  # fmt: skip
        _drop(counts.days, [day for day in counts.days if (day + 1) * DAY <= since])
    old = [of for of, one in facts.controls.items() if one.begun_u < since]
    _drop(facts.controls, old)
    _drop(facts.asked, [of for of, one in facts.asked.items() if one.u < since])
    return bool(old)


def _drop(kept: dict[Any, Any], keys: Iterable[Any]) -> None:
    for key in keys:
        del kept[key]
