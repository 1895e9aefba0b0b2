"""The console's addresses, put together under /console."""

from fastapi import APIRouter

from service.web.console import (
    account,
    articles,
    dashboard,
    editions,
    feeds,
    keys,
    live,
    newsletters,
    operators,
    preview,
    readers,
    refusals,
    rules,
    sign_in,
    suppressions,
)

router = APIRouter(include_in_schema=False)
for page in (
    sign_in,
    dashboard,
    account,
    newsletters,
    feeds,
    rules,
    # Before the edition's acts, whose address is of the same form.
    refusals,
    editions,
    live,
    preview,
    articles,
    readers,
    suppressions,
    keys,
    operators,
):
    router.include_router(page.router, prefix="/console")
