"""The integers of scored movements made anew by the offline engine, from the ledger as it was then."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from features.ledger.export import export
from features.ledger.store import Epoch, Ledger
from serving.answers import Score
from serving.explaining import features_of

Origin = tuple[int, str, str]


def origin(score: Score) -> Origin:
    """Scores of one epoch, subject and set of features are made anew together."""
    return score.epoch, score.subject, score.answer["basis"]["spec_sha256"]


def offline_integers(ledger: Ledger, epoch: int, subject: str, group: Sequence[Score]) -> pa.Table:
    """Every integer of the scores of one origin, a row a score with its `u`.

    Raises:
        HeadRefusedError: if the program's features are others than those of the scores.
    """
    import ibis

    from features.table import integers_of

    features = features_of(group[0])
    past = Ledger(ledger.engine, ledger.keyring, clock=ledger.clock)
    past.epoch = Epoch(epoch, features, features.sha256)
    wanted = {score.u for score in group}
    with TemporaryDirectory() as folder:
        # Later rows cannot change an earlier one's integers; left out, they need not be trusted to.
        export(past, Path(folder), until_u=max(wanted) + 1)
        events = ibis.duckdb.connect().read_parquet(f"{folder}/events-*.parquet")
        asked = events.mutate(is_movement=events.is_movement & events.u.isin(sorted(wanted)))
        made: pa.Table = integers_of(asked, features, subject)
    return made
