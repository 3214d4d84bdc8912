"""A case is opened by a score, and its own view comes before the score."""

from __future__ import annotations

from pathlib import Path

from tests.access import person
from tests.deployments import a_home, deployed, submitted


def test_a_case_is_viewed_before_it_is_revealed(tmp_path: Path) -> None:
    here = deployed(a_home(tmp_path))
    scored = submitted(here, "crossing")
    officer = person(here, "field_officer")
    case_id = scored.score.score_id  # type: ignore[union-attr]

    page = officer.get(f"/review/cases/{case_id}")
    early = officer.post(f"/review/cases/{case_id}/steps", data={"step": "reveal"})
    viewed = officer.post(
        f"/review/cases/{case_id}/steps",
        data={"step": "view", "view": "search", "reason": "goods", "version": "1"},
    )
    shown = officer.post(f"/review/cases/{case_id}/steps", data={"step": "reveal"})

    assert page.status_code == 200, page.text
    assert early.status_code == 409
    assert (viewed.status_code, shown.status_code) == (303, 303)
