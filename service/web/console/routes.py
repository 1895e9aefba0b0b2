"""The console's addresses, put together under /console."""

from fastapi import APIRouter

from service.web.console import (
    account,
    articles,
    dashboard,
    door,
    editions,
    feeds,
    keys,
    live,
    newsletters,
    preview,
    readers,
    rules,
)

router = APIRouter(include_in_schema=False)
for page in (
    door,
    dashboard,
    account,
    newsletters,
    feeds,
    rules,
    editions,
    live,
    preview,
    articles,
    readers,
    keys,
):
    router.include_router(page.router, prefix="/console")
