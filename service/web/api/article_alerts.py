"""The alerts that a publisher's system makes: with an event, or by a request of its own."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from service.accounts.api_keys import ApiKeyScope
from service.editions import breaking
from service.editions.alert import Alert, AlertAuthor, AlertState
from service.kit.db import Session
from service.newsletters import catalogue
from service.web.api.api_key_auth import BEARER, ApiCall, require_scope
from service.web.api.edition_models import LARGEST_ID
from service.web.api.openapi import PROBLEM


class ArticleAlert(BaseModel):
    """An alert that was made or added to: it goes out `now` or `later`.

    One that is `held` waits for an operator, who may send or cancel it.
    """

    newsletter: str
    edition: int
    state: AlertState
    at: datetime | None = Field(description="When it goes out; null while it is held.")


router = APIRouter(prefix="/api/v1", tags=["articles"])


class AlertRequest(BaseModel):
    """Which article to send as an alert, by Crieur's own number."""

    article: Annotated[int, Field(ge=1, le=LARGEST_ID)]


@router.post(
    "/newsletters/{slug}/alerts",
    summary="Send an article to the readers who have chosen alerts",
    responses=dict.fromkeys((400, 401, 403, 404, 408, 409, 413, 422, 503), PROBLEM),
    openapi_extra={
        **BEARER,
        "requestBody": {"content": {"application/json": {"example": {"article": 4711}}}},
    },
)
def send_alert(
    call: Annotated[ApiCall, Depends(require_scope(ApiKeyScope.WRITE_EDITIONS))],
    slug: str,
    wanted: AlertRequest,
) -> ArticleAlert:
    """Scope `editions:write`. An article of any age makes one alert of a newsletter.

    It goes out `now`, or `later` with what was breaking since the last one. It is `held` when the
    newsletter has had its alerts of the day, or asks for approvals.
    """
    newsletter = catalogue.get(call.session, slug)
    author = AlertAuthor(origin="hand")
    alert = breaking.alert_article(call.session, newsletter, wanted.article, author, now=call.now)
    call.record("article.alerted", article_id=wanted.article, edition_id=alert.edition_id)
    [answer] = _answers(call.session, [alert])
    return answer


def alert_breaking(
    session: Session, *, new: Collection[int], declared: Collection[int], now: datetime
) -> list[ArticleAlert]:
    """Alert of what the publisher calls breaking, and of what is new and a rule says so of."""
    return _answers(session, breaking.alert_breaking(session, new=new, declared=declared, now=now))


def _answers(session: Session, alerts: Sequence[Alert]) -> list[ArticleAlert]:
    newsletters = catalogue.list_by_ids(session, {each.newsletter_id for each in alerts})
    return [
        ArticleAlert(
            newsletter=newsletters[each.newsletter_id].slug,
            edition=each.edition_id,
            state=each.state,
            at=each.at,
        )
        for each in alerts
    ]
