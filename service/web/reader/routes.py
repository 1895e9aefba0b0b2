"""All readers' pages under one router."""

from fastapi import APIRouter

from service.web.reader import home

router = APIRouter(include_in_schema=False)
for page in (home,):
    router.include_router(page.router)
