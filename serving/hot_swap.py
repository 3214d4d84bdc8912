"""Heads and configuration exchanged while requests run: whatever is put in place is taken up within a second.

Each worker looks for itself. What cannot be used is refused and said; what was in force goes on.
"""

from __future__ import annotations

import threading

from features.errors import VardarError
from serving.explaining import Explainer
from serving.in_force import load_in_force, marks
from serving.log import log
from serving.metrics import Metrics
from serving.scoring import Scoring
from serving.settings import Settings

#: Seconds between two looks.
_EVERY = 0.25


class HotSwap:
    """A thread that follows the pointers to what is in force.

    Args:
        settings: Where they are.
        scoring: What goes over to them between two transactions.
        explainer: What must know the new heads before anybody is answered by them.
        metrics: What tells who explains them.
        seen: The marks of what is in force already.
    """

    def __init__(
        self,
        settings: Settings,
        scoring: Scoring,
        explainer: Explainer,
        metrics: Metrics,
        *,
        seen: object,
    ) -> None:
        self._settings = settings
        self._scoring = scoring
        self._explainer = explainer
        self._metrics = metrics
        self._seen = seen
        #: Why what was put in place last is not in force; None while it is.
        self.refused: str | None = None
        #: How often something was taken up.
        self.swaps = 0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hot swap", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()
        self._thread.join()

    def look(self) -> None:
        """Take up what was put in place since the last look, if anything was."""
        now = marks(self._settings)
        if now == self._seen:
            return
        self._seen = now
        try:
            in_force = load_in_force(self._settings, self._scoring.ledger.features)
            for head in in_force.heads:
                head.warm_up()
            self._explainer.serve(in_force.champion)
            self._scoring.put_in_force(in_force)
        except VardarError as error:
            self.refused = str(error)
            log().error("not taken up", reason=str(error))
            return
        self.refused = None
        self.swaps += 1
        self._metrics.note_heads(in_force.heads)
        champion = in_force.champion
        log().info(
            "taken up",
            model_sha256=champion.pointer_sha256 if champion else "",
            configuration_sha256=in_force.configuration.sha256,
        )

    def _run(self) -> None:
        while not self._stopped.wait(_EVERY):
            try:
                self.look()
            except Exception as error:  # the thread must outlive whatever a look meets
                log().error("look failed", error=type(error).__name__)
