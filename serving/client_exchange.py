"""How one call comes to its answer: who the caller is, and when to send again.

It performs nothing itself: it yields requests to send and pauses to make, so that the blocking and
the asynchronous client are driven by the same rules.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import orjson

from serving.client_calls import PASSING, ApiKey, Call, ClientCredentials, Credentials, Retries
from serving.client_errors import NoAnswer, problem_in

#: A token is renewed when less than this part of its life is left.
_RENEW_AT = 0.2

#: Seconds a token is taken to live where the service does not say.
_LIFE_UNSAID = 60.0


@dataclass(frozen=True)
class Pause:
    """Wait so many seconds."""

    seconds: float


Step = httpx.Request | Pause
Reply = httpx.Response | httpx.TransportError | None
Steps = Generator[Step, Reply, httpx.Response]
Build = Callable[..., httpx.Request]
Clock = Callable[[], float]


@dataclass(frozen=True)
class _Token:
    text: str
    renew_at: float


class Exchange:
    """Keeps the token between calls."""

    def __init__(self, credentials: Credentials, retries: Retries) -> None:
        self.retries = retries
        self._credentials = credentials
        self._token: _Token | None = None

    def answered(self, build: Build, call: Call, clock: Clock) -> Steps:
        """Yields what to do, and returns the answer once it is not an error.

        Args:
            build: Makes a request of its method, path and parts.
            call: What is asked.
            clock: Seconds, for the time all attempts may take.

        Raises:
            Problem: what the service answered, if it is about the call or does not pass.
            NoAnswer: if nothing came back.
        """
        began, renewed = clock(), False
        while True:
            bearer = yield from self._bearer(build, clock, began)
            answer = yield from self._sent(build, call, bearer, clock, began)
            if answer.is_success:
                return answer
            oauth = isinstance(self._credentials, ClientCredentials)
            if answer.status_code != 401 or not oauth or renewed:
                raise problem_in(answer)
            # The service may have forgotten its tokens, or the clocks differ: once, a new one.
            self._token, renewed = None, True

    def _bearer(
        self, build: Build, clock: Clock, began: float
    ) -> Generator[Step, Reply, str | None]:
        match self._credentials:
            case None:
                return None
            case ApiKey(key):
                return key
            case ClientCredentials() as known:
                if self._token is None or clock() >= self._token.renew_at:
                    self._token = yield from self._fetched(build, known, clock, began)
                return self._token.text

    def _fetched(
        self, build: Build, known: ClientCredentials, clock: Clock, began: float
    ) -> Generator[Step, Reply, _Token]:
        form = {"grant_type": "client_credentials"}
        if known.scope:
            form["scope"] = known.scope
        head = httpx.BasicAuth(known.client_id, known.client_secret)
        asked = clock()

        def build_token_request(method: str, path: str, **_: Any) -> httpx.Request:
            return next(head.auth_flow(build(method, path, data=form)))

        call = Call("POST", known.token_path)
        answer = yield from self._sent(build_token_request, call, None, clock, began)
        if not answer.is_success:
            raise problem_in(answer)
        try:
            told = orjson.loads(answer.content)
            life = float(told.get("expires_in", _LIFE_UNSAID))
            return _Token(str(told["access_token"]), asked + life * (1 - _RENEW_AT))
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError):
            raise NoAnswer(
                f"{known.token_path} answered with something that is no token."
            ) from None

    def _sent(
        self, build: Build, call: Call, bearer: str | None, clock: Clock, began: float
    ) -> Generator[Step, Reply, httpx.Response]:
        """One request, sent until an answer comes that is not about the moment."""
        headers = dict(call.headers)
        if bearer is not None:
            headers["Authorization"] = f"Bearer {bearer}"
        attempt = 0
        while True:
            attempt += 1
            parts: dict[str, Any] = {"params": call.params, "content": call.content}
            if call.seconds is not None:
                parts["timeout"] = httpx.Timeout(call.seconds, connect=5)
            reply = yield build(call.method, call.path, headers=headers, **parts)
            passing = not isinstance(reply, httpx.Response) or reply.status_code in PASSING
            pause = self.retries.pause(attempt, _told_seconds(reply)) if passing else 0.0
            late = clock() - began + pause > self.retries.total_seconds
            if passing and attempt <= self.retries.most and not late:
                yield Pause(pause)
            elif isinstance(reply, httpx.Response):
                return reply
            else:
                raise NoAnswer(
                    f"{call.method} {call.path}: no answer after {attempt} attempts "
                    f"({type(reply).__name__}); check the address, and send it again."
                ) from reply


def _told_seconds(reply: Reply) -> float:
    """What Retry-After asks for: a number of seconds, or a date; 0 where it says nothing readable."""
    text = reply.headers.get("Retry-After", "") if isinstance(reply, httpx.Response) else ""
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())
