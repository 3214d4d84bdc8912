"""Takes the pictures of the README anew, from the demonstration: `make pictures`."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from models.card import BANDS
from serving import scores
from serving.access.first_run import Login, _read
from serving.review.cases import Case
from serving.review.states import Step
from serving.settings import Settings
from tests.browsing import AS_IF, Demonstration, Front, Visitor, chromium
from tests.service_processes import ROOT, serving
from tests.walking import actor, steps, storing

TAKEN = ROOT / "serving" / "review" / "pictures"
#: Of a picture in the README, so that a clone stays light.
LARGEST = 300_000


@contextmanager
def the_demonstration() -> Iterator[Demonstration]:
    """A copy of the demonstration with a night's work in it; the demonstration itself is left alone."""
    with TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        ignored = shutil.ignore_patterns("mlartifacts", "mlflow.db", "demo-logins.json")
        shutil.copytree(ROOT / "var" / "demo", home, ignore=ignored)
        settings = Settings(
            home=home,
            store=f"sqlite:///{home}/ledger.db",
            models=ROOT / "models" / "trained",
            trusted=(home / "signing.key.pub",),
            as_if=AS_IF,
        )
        season = str(ROOT / "data" / "scenario")
        more = ("--as-if", AS_IF.isoformat(), "--demo-logins", "--demo-season", season)
        with serving(settings, *more) as server:
            shown = _read(home / "demo-logins.json")
            yield Demonstration(f"http://127.0.0.1:{server.port}", settings, shown)


def take() -> None:
    """Write both."""
    with the_demonstration() as demonstration, chromium() as browser:
        front = Front(browser, demonstration)
        login = demonstration.login("shift_supervisor", 1)
        with front.visitor(login, color_scheme="light") as visitor:
            visitor.open("/review/queue")
            _keep(visitor, "queue")
            visitor.open(f"/review/cases/{_telling(demonstration, login).case_id}")
            _keep(visitor, "case", height=1_500)


def _telling(demonstration: Demonstration, login: Login) -> Case:
    """The scored crossing of the highest bands among those whose score was shown to somebody."""
    by = actor(demonstration, login)

    def height(case: Case) -> int:
        with storing(demonstration) as connection:
            score = scores.by_id(connection, case.score_id)
        assert score is not None
        bands = [said.get("band") for said in score.answer["risks"].values()]
        return sum(BANDS.index(band) for band in bands if band)

    shown = [
        case
        for case in demonstration.cases(post=None)
        if case.kind == "crossing"
        and any(
            done.step is Step.REVEAL and done.actor == by for done in steps(demonstration, case)
        )
    ]
    return max(shown, key=height)


def _keep(visitor: Visitor, name: str, *, height: int = 900) -> None:
    """The upper part of a page, as wide as it is on a desk."""
    visitor.page.set_viewport_size({"width": 1280, "height": height})
    TAKEN.mkdir(exist_ok=True)
    file = TAKEN / f"{name}.png"
    visitor.page.screenshot(path=file)
    if file.stat().st_size > LARGEST:
        raise SystemExit(f"{file} holds {file.stat().st_size} bytes, more than {LARGEST}.")


if __name__ == "__main__":
    take()
