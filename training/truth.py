"""What movements of a made-up period truly carried: read by the evaluation, and by nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as dataset
from numpy.typing import NDArray

from features.spec import Floats, Integers
from training.errors import TrainingError
from training.labels import Flags
from training.params import TruthParams


@dataclass(frozen=True)
class Truth:
    """The truth about some movements, one entry each, however many versions a declaration had.

    Attributes:
        risk: The probability from which it was drawn whether it carries anything (m,).
        carried: Whether it did (m,).
        typology: By which typology, where the table tells that (m,); "" elsewhere.
        movement: For each of the n rows asked about, which entry it belongs to (n,).
    """

    risk: Floats
    carried: Flags
    typology: NDArray[np.object_]
    movement: Integers

    def highest(self, scores: Floats) -> Floats:
        """Scores (m,) of movements from those of their versions (n,): amending never lowers one."""
        highest = np.full(len(self.risk), -np.inf)
        np.maximum.at(highest, self.movement, scores)
        return highest


def read_truth(params: TruthParams, movements: pa.Table, *, subject: str, risk: str) -> Truth:
    """The truth about these movements.

    Raises:
        TrainingError: if the table lacks some of them: it is of another period.
    """
    if not params.path.exists():
        raise TrainingError(
            f"There is no table of the truth at {params.path}; leave evaluate.truth out of the "
            "parameter file where the truth is not known."
        )
    columns = [params.risk[risk], params.carried[risk]]
    stored = dataset.dataset(str(params.path))
    told = f"typology_{risk}" in stored.schema.names
    if told:
        columns.append(f"typology_{risk}")
    table = stored.to_table(
        columns=["source_record_id", *columns], filter=dataset.field("kind") == subject
    )
    truth = pd.DataFrame(table.to_pandas()).set_index("source_record_id")
    movement, numbers = pd.factorize(movements["source_record_id"].to_numpy())
    if missing := len(set(numbers) - set(truth.index)):
        raise TrainingError(
            f"{params.path} knows nothing of {missing} {subject}s: it belongs to another period."
        )
    found = truth.loc[numbers]
    carried = found[columns[1]].to_numpy(dtype=bool)
    typology = np.full(len(found), "", dtype=object)
    if told:
        typology[carried] = found[columns[2]].fillna("").to_numpy(dtype=object)[carried]
    return Truth(
        risk=found[columns[0]].to_numpy(dtype=np.float64),
        carried=carried,
        typology=typology,
        movement=movement.astype(np.int64),
    )
