"""How the garbage collector is kept from stopping the service.

A whole collection looks at every object there is: some 600,000 once all is loaded, a pause of 200 ms in which
nobody is answered. What is there when the service becomes ready stays until it ends.
"""

from __future__ import annotations

import gc

#: New objects before the young are looked at, and how often the older ones are: a request makes some
#: hundred that live until its answer, so that the default of 700 looks at requests that are not done yet.
_YOUNG, _MIDDLE, _OLD = 20_000, 10, 10


def leave_alone_what_stays() -> None:
    """Collect once more, and never again look at what is left; call when everything is loaded."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
