"""What is more than a worker can take is refused where HTTP is read, before a request is made of it.

Reading a head costs a fifth of what it costs to hand a request to an application and its answer back. Under
overload, when four of five requests are refused, that is the time in which the fifth is answered.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from serving.door import Door

#: Bytes of a body that are read and thrown away; what announces more, or not how many, goes the long way.
_MOST_THROWN_AWAY = 2**20

#: In place of a request that runs: its answer is given, so that uvicorn throws its body away.
_REFUSED = cast(
    "Any", SimpleNamespace(response_complete=True, message_event=SimpleNamespace(set=lambda: None))
)


def refusing(door: Door) -> type[HttpToolsProtocol]:
    """Uvicorn's protocol for a worker that has this door."""

    class Refusing(HttpToolsProtocol):
        """Answers a submission 429 where the door is full; leaves all else to uvicorn."""

        def on_headers_complete(self) -> None:
            """The head is there: refuse, or begin."""
            if door.full and self._is_plain_submission():
                self.cycle = _REFUSED
            else:
                super().on_headers_complete()

        def on_message_complete(self) -> None:
            """The body is there, or what was left of it is thrown away."""
            if self.cycle is not _REFUSED:
                super().on_message_complete()
                return
            answer = door.refusal(self.headers, secure=self.scheme == "https")
            self.transport.write(answer.over_http(self.server_state.default_headers))
            self.on_response_complete()

        def _is_plain_submission(self) -> bool:
            """Whether there is nothing to it but a head and a short body, on a connection that is kept."""
            idle = self.cycle is None or self.cycle.response_complete
            if not idle or self.expect_100_continue or self.flow.write_paused:
                return False
            if not self.url.startswith(b"/v1/") or self.parser.get_method() != b"POST":
                return False
            length = next((v for n, v in self.headers if n == b"content-length"), b"")
            return (
                length.isdigit()
                and int(length) <= _MOST_THROWN_AWAY
                and self.parser.get_http_version() == "1.1"
                and self.parser.should_keep_alive()
                and not self.parser.should_upgrade()
            )

    return Refusing
