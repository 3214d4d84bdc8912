"""All pages of review, put together."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse

from serving.review import case_page, navigation, queue_page, static_files, steps_door
from serving.review.figures import fairness_page, figures_page, model_page, register_page
from serving.review.pages import asked_by

router = APIRouter()
router.include_router(static_files.router)
router.include_router(queue_page.router)
router.include_router(case_page.router)
router.include_router(steps_door.router)
for area in (figures_page, fairness_page, model_page, register_page):
    router.include_router(area.router)


@router.get("/review", include_in_schema=False)
def home(request: Request) -> RedirectResponse:
    """The page somebody in this role begins with."""
    here, by, spoken = asked_by(request)
    return RedirectResponse(navigation.home(here.access.policy, by, spoken), 303)
