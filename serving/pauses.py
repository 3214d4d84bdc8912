"""What Python does that keeps requests waiting, kept short.

A whole collection of garbage looks at every object there is: some 600,000 once all is loaded, a pause of
200 ms in which nobody is answered. What is there when the service becomes ready stays until it ends.

Threads take turns. Whoever wants the interpreter gets it after the switch interval at the latest, and the thread
that serves wants it back after each look at the network: with Python's 5 ms, while the writer works, half of all requests
took 36 ms at 200 a second, with a tenth of that 5 ms.
"""

from __future__ import annotations

import gc
import sys

#: New objects before the young are looked at, and how often the older ones are: a request makes some
#: hundred that live until its answer, so that the default of 700 looks at requests that are not done yet.
_YOUNG, _MIDDLE, _OLD = 20_000, 10, 10

#: Seconds a thread may keep the interpreter while another waits for it.
_TURN = 0.0005


def take_short_turns() -> None:
    """Let threads wait for one another no longer than it takes to notice."""
    sys.setswitchinterval(_TURN)


def leave_alone_what_stays() -> None:
    """Collect once more, and never again look at what is left; call when everything is loaded."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
