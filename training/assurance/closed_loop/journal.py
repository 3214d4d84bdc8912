"""What happened to each movement of a simulation, beside what it truly carried.

The truth is written down for those who judge; neither selection nor training reads the journal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from features.spec import Floats, Integers
from training.scenario.days.movements import Carriage, Inspections
from training.scenario.office.control import ARMS, INCONCLUSIVE, NOT_SEARCHED, PERSONS
from training.scenario.office.selection import Selection

#: No inspection; and an inspection whose outcome is not known, or says nothing.
NOT_CHOSEN, NO_LABEL = -1, -1

#: What a find of each risk is called in the scenario.
_RESULT = {"arms": ARMS, "smuggling": PERSONS}

RISKS = tuple(_RESULT)


@dataclass(frozen=True)
class Judgement:
    """What was made of the movements of a subject and day, one entry each.

    Attributes:
        stratum: Which of all strata.
        probabilities: By risk, NaN where rules ranked.
        scores: By risk, the greater the riskier.
        propensity: Probability of being inspected of the office's own accord.
    """

    stratum: Integers
    post: Integers
    entity: Integers
    carries: Carriage
    probabilities: Mapping[str, Floats]
    scores: Mapping[str, Floats]
    propensity: Floats
    chosen: Selection


@dataclass
class Journal:
    """Days of judgements, and the outcomes that came of them later."""

    _days: list[pa.Table] = field(default_factory=list)
    _place: dict[str, int] = field(default_factory=dict)
    _results: list[tuple[int, int, int]] = field(default_factory=list)
    _rows: int = 0

    def add(self, subject: str, day: int, numbers: Sequence[str], made: Judgement) -> None:
        """Write down a day's movements of a subject."""
        n = len(numbers)
        reason = np.full(n, NOT_CHOSEN, dtype=np.int64)
        reason[made.chosen.row] = made.chosen.reason
        carries = made.carries
        columns: dict[str, object] = {
            "day": np.full(n, day, dtype=np.int64),
            "subject": pa.repeat(subject, n),
            "number": list(numbers),
            "stratum": made.stratum,
            "post": made.post,
            "entity": made.entity,
            "risk_arms": carries.risk_arms,
            "risk_smuggling": carries.risk_people,
            "carries_arms": carries.arms,
            "carries_smuggling": carries.people,
            "typology_arms": carries.arms_by,
            "typology_smuggling": carries.people_by,
            "propensity": made.propensity,
            "reason": reason,
        }
        for risk in RISKS:
            columns[f"probability_{risk}"] = made.probabilities[risk]
            columns[f"score_{risk}"] = made.scores[risk]
        self._days.append(pa.table(columns))
        for i in made.chosen.row.tolist():
            self._place[numbers[i]] = self._rows + i
        self._rows += n

    def learn(self, outcomes: Sequence[Inspections], day: int) -> None:
        """Write down outcomes that became known on a day; a corrected one counts as it stands."""
        for done in outcomes:
            for number, result in zip(done.number, done.result.tolist(), strict=True):
                self._results.append((self._place[number], day, result))

    def table(self) -> pa.Table:
        """A row a movement: `Judgement`, and by risk whether it was found.

        `found_<risk>` is 1 or 0, and `NO_LABEL` where nothing is known; `known` is the day on
        which the first outcome was known, or -1.
        """
        made = pa.concat_tables(self._days)
        result = np.full(self._rows, NO_LABEL, dtype=np.int64)
        known = np.full(self._rows, -1, dtype=np.int64)
        for place, day, said in self._results:
            result[place] = said
            known[place] = day if known[place] < 0 else known[place]
        silent = np.isin(result, (NO_LABEL, INCONCLUSIVE, NOT_SEARCHED))
        made = made.append_column("known", pa.array(np.where(silent, -1, known)))
        for risk, find in _RESULT.items():
            found = np.where(silent, NO_LABEL, (result == find).astype(np.int64))
            made = made.append_column(f"found_{risk}", pa.array(found))
        return made
