"""All pages of review, put together."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse

from serving.review import (
    case_page,
    correcting_page,
    front_page,
    navigation,
    password_page,
    queue_news,
    queue_page,
    report_page,
    saved_views_door,
    scores_page,
    search_page,
    sessions_page,
    settings_page,
    sign_in_page,
    static_files,
    steps_door,
)
from serving.review.figures import fairness_page, figures_page, model_page, register_page
from serving.review.pages import asked_by

router = APIRouter()
router.include_router(static_files.router)
router.include_router(front_page.router)
router.include_router(queue_page.router)
router.include_router(queue_news.router)
router.include_router(saved_views_door.router)
router.include_router(search_page.router)
router.include_router(case_page.router)
router.include_router(steps_door.router)
router.include_router(sign_in_page.router)
router.include_router(settings_page.router)
router.include_router(sessions_page.router)
router.include_router(password_page.router)
router.include_router(correcting_page.router)
router.include_router(scores_page.router)
router.include_router(report_page.router)
for area in (figures_page, fairness_page, model_page, register_page):
    router.include_router(area.router)


@router.get("/review", include_in_schema=False)
def home(request: Request) -> RedirectResponse:
    """The page somebody in this role begins with."""
    here, by, spoken = asked_by(request)
    return RedirectResponse(navigation.home(here.access.policy, by, spoken), 303)
