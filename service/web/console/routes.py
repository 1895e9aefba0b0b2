"""The console's addresses, put together under /console."""

from fastapi import APIRouter

from service.web.console import (
    account,
    article_alert,
    article_edit,
    article_paste,
    articles,
    dashboard,
    drafts,
    editions,
    feed_discovery,
    feed_edit,
    feed_opml,
    feeds,
    holidays,
    keys,
    live,
    move_readers,
    newsletters,
    operators,
    prepare,
    preview,
    readers,
    refusals,
    rehearsal,
    rules,
    sign_in,
    stop_press,
    subject_test,
    suppressions,
)

router = APIRouter(include_in_schema=False)
for page in (
    sign_in,
    dashboard,
    account,
    newsletters,
    move_readers,
    # Before the acts on a feed, whose address is of the same form.
    feed_discovery,
    feed_edit,
    feed_opml,
    feeds,
    holidays,
    rules,
    # Before the edition's acts, whose address is of the same form.
    refusals,
    stop_press,
    subject_test,
    editions,
    # Before the acts on an article, whose address is of the same form.
    drafts,
    prepare,
    live,
    preview,
    # Before an article, whose address is of the same form.
    article_paste,
    article_alert,
    article_edit,
    articles,
    readers,
    suppressions,
    rehearsal,
    keys,
    operators,
):
    router.include_router(page.router, prefix="/console")
