"""All readers' pages under one router."""

from fastapi import APIRouter

from service.web.reader import (
    archive,
    confirm,
    counted,
    home,
    keep_frequency,
    preferences,
    signup,
    theme,
    unsubscribe,
)

router = APIRouter(include_in_schema=False)
for page in (
    home,
    theme,
    archive,
    signup,
    confirm,
    preferences,
    keep_frequency,
    unsubscribe,
    counted,
):
    router.include_router(page.router)
