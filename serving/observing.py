"""What a deployment is at the moment, set down once a second for whoever asks any worker."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from serving.log import log

if TYPE_CHECKING:
    from serving.deployment import Deployment

#: Seconds between two looks.
_PERIOD = 1.0


class Observer:
    """A thread of its own: a gauge that other workers read cannot be a function of this process."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._stopped = threading.Event()
        deployment.metrics.workers.set(1)
        self.look()
        self._thread = threading.Thread(target=self._run, name="observer", daemon=True)
        self._thread.start()

    def look(self) -> None:
        """Set the gauges."""
        here = self._deployment
        here.metrics.waiting.set(here.writer.waiting)
        here.metrics.store_up.set(here.ready())
        champion = here.scoring.assessor.champion
        if champion is not None:
            here.metrics.serve_model(champion.name, champion.version, champion.pointer_sha256)

    def stop(self) -> None:
        """End the thread; this worker counts no more among those alive."""
        self._stopped.set()
        # A look may be waiting for a store that is away; a stop does not.
        self._thread.join(_PERIOD)
        self._deployment.metrics.workers.set(0)
        self._deployment.metrics.waiting.set(0)

    def _run(self) -> None:
        while not self._stopped.wait(_PERIOD):
            try:
                self.look()
            except Exception as error:  # were the thread to end, the gauges would stand still
                log().error("not observed", error=type(error).__name__)
