"""The publisher's system says what was published, updated or withdrawn.

Any event may be sent again, and in any order: an article is known by its id and its address,
and an older version never replaces a newer one.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field, ValidationError
from pydantic_core import from_json

from service.accounts import api_keys, audit
from service.articles import ingest
from service.articles.ingest import ArticleKind
from service.articles.parsed_article import ParsedArticle
from service.articles.parsing.labels import normalise_labels, section_from_labels
from service.articles.parsing.sanitise import html_to_paragraphs, html_to_text
from service.articles.parsing.timestamps import in_zone
from service.articles.parsing.typography import cut_sentences, tidy
from service.articles.urls import clean_url
from service.articles.withdraw import withdraw_matching
from service.audience.network import network_of
from service.boot import Runtime
from service.editions import revise
from service.kit.db import Session
from service.kit.errors import Invalid, Unauthenticated
from service.kit.translatable import translatable
from service.web.api.article_alerts import ArticleAlert, alert_breaking
from service.web.api.article_events import (
    MAX_EVENTS,
    ArticleEvent,
    ArticleEventBatch,
    ArticlePayload,
    ignored_fields,
)
from service.web.api.openapi import PROBLEM, SCHEMAS
from service.web.api.validation_message import validation_message
from service.web.deps import CurrentRuntime, Now, Transaction

router = APIRouter(prefix="/api/v1", tags=["articles"])

SUMMARY_LIMIT = 320
SIGNATURE_AGE = timedelta(minutes=5)

_MAX_TIMESTAMP_DIGITS = 12

BODIES = (ArticleEventBatch, ArticleEvent)


class ArticleEventResult(BaseModel):
    """What became of one event; `unknown` means that nothing had to be withdrawn."""

    id: int | None
    state: Literal["new", "revised", "unchanged", "withdrawn", "unknown"]
    ignored: list[str] = Field(
        default=[], description="Fields of the event that are not known, such as `article.colour`."
    )

    @property
    def is_there(self) -> bool:
        """Whether the article is published now."""
        return self.state in {"new", "revised", "unchanged"}


class ArticleEventResults(BaseModel):
    """One result per event, in their order."""

    results: list[ArticleEventResult]
    alerts: list[ArticleAlert] = []


async def _raw_body(request: Request) -> bytes:
    return await request.body()


RawBody = Annotated[bytes, Depends(_raw_body)]
_EVENT = {"$ref": SCHEMAS.format(model="ArticleEvent")}
EXAMPLE: dict[str, Any] = {
    "events": [
        {
            "type": "published",
            "article": {
                "id": "post-4711",
                "url": "https://example.org/economie/le-port-allonge-un-quai",
                "title": "Le port allonge un quai",
                "section": "Économie",
                "summary": "Les travaux doivent durer vingt mois.",
                "authors": ["Aïcha Maïdara"],
                "language": "fr",
                "published_at": "2023-02-08T06:40:00+00:00",
                "image": {"url": "https://example.org/quai.jpg", "alt": "Le quai, à l’aube"},
            },
        }
    ]
}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "example": EXAMPLE,
                "schema": {
                    "anyOf": [
                        {"$ref": SCHEMAS.format(model="ArticleEventBatch")},
                        _EVENT,
                        {"type": "array", "items": _EVENT, "minItems": 1, "maxItems": MAX_EVENTS},
                    ]
                },
            }
        },
    },
    "security": [{"bearer": []}, {"signature": []}],
}


@router.post(
    "/events/articles",
    summary="Tell what was published, updated or withdrawn",
    openapi_extra=_BODY,
    responses=dict.fromkeys((400, 401, 408, 413, 422, 503), PROBLEM),
)
def receive_events(
    request: Request, body: RawBody, session: Transaction, now: Now, running: CurrentRuntime
) -> ArticleEventResults:
    """Take events in; all of them or, if one is malformed, none.

    Authorise with `Authorization: Bearer <key>` (scope `events:articles`), or sign the body:
    `X-Crieur-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">`.
    """
    network = network_of(request.client.host if request.client else None)
    caller = _authorise(request, body, session, running, now=now)
    if caller is None:
        with running.begin() as apart:
            audit.count_event(apart, None, "api.refused", {"network": network}, now=now)
        raise _unknown_caller()
    events = _read(body)
    zone = ZoneInfo(running.settings.publication_time_zone)
    results = [_apply_event(session, event, zone=zone, now=now) for event in events]
    # After all articles: other transactions lock them in this order, too.
    told = list(zip(events, results, strict=True))
    alerts = alert_breaking(
        session,
        new={each.id for _, each in told if each.id and each.state == "new"},
        declared={
            each.id for event, each in told if each.id and event.article.breaking and each.is_there
        },
        now=now,
    )
    changed = {each.id for each in results if each.id and each.state in {"revised", "withdrawn"}}
    revise.enqueue_revisions(session, changed, now=now)
    # Last, because calls with one key wait here for each other.
    audit.count_event(session, None, "api.called", {"network": network}, key=caller, now=now)
    return ArticleEventResults(results=results, alerts=alerts)


def _authorise(
    request: Request, body: bytes, session: Session, running: Runtime, *, now: datetime
) -> Mapping[str, Any] | None:
    """Return who calls, as the audit trail names them; None if that is unknown."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        key = api_keys.verify_key(session, secret.strip(), api_keys.ApiKeyScope.EVENTS)
        if key is not None:
            return {"key_id": key.id}
    shared = running.settings.events_secret
    signature = request.headers.get("x-crieur-signature", "")
    if shared and is_signed(body, signature, secret=shared.get_secret_value(), now=now):
        return {"by": "CRIEUR_EVENTS_SECRET"}
    return None


def _unknown_caller() -> Unauthenticated:
    return Unauthenticated(
        "The key or signature is missing or wrong: send 'Authorization: Bearer …' with a key from "
        "the console, or sign with CRIEUR_EVENTS_SECRET."
    )


def is_signed(body: bytes, signature: str, *, secret: str, now: datetime) -> bool:
    """Return whether a body was signed with the secret within the last minutes."""
    parts = dict(part.strip().partition("=")[::2] for part in signature.split(","))
    moment, code = parts.get("t", ""), parts.get("v1", "")
    if not (moment.isascii() and moment.isdigit() and len(moment) <= _MAX_TIMESTAMP_DIGITS):
        return False
    if abs(now.timestamp() - int(moment)) > SIGNATURE_AGE.total_seconds():
        return False
    expected = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), code.encode())


def _read(body: bytes) -> Sequence[ArticleEvent]:
    try:
        told = from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise Invalid(translatable("request.json", reason=str(error))) from None
    try:
        if isinstance(told, list):
            return ArticleEventBatch(events=told).events
        # One event may stand by itself; what its article calls anything does not matter here.
        if isinstance(told, dict) and "events" not in told:
            return [ArticleEvent.model_validate(told)]
        return ArticleEventBatch.model_validate(told).events
    except ValidationError as error:
        raise Invalid(validation_message(error.errors(include_url=False)[0])) from None


def _apply_event(
    session: Session, event: ArticleEvent, *, zone: tzinfo, now: datetime
) -> ArticleEventResult:
    told = event.article
    if told.id is None and clean_url(told.url) is None:
        raise Invalid("article: an id or a web address is needed to know it by.")
    if event.type == "withdrawn":
        article_id = withdraw_matching(
            session, ParsedArticle(title="", guid=told.id, url=told.url), now=now
        )
        return ArticleEventResult(
            id=article_id,
            state="withdrawn" if article_id else "unknown",
            ignored=ignored_fields(event),
        )
    story = _story(told, zone=zone)
    taken = ingest.upsert(session, story, kind=ArticleKind.EVENT, now=now)
    return ArticleEventResult(
        id=taken.article.id, state=taken.state.value, ignored=ignored_fields(event)
    )


def _story(told: ArticlePayload, *, zone: tzinfo) -> ParsedArticle:
    title = html_to_text(told.title)
    if not title:
        raise Invalid("article.title: a published article needs a headline.")
    body = tuple(text for part in told.body for text in html_to_paragraphs(part))
    summary = html_to_text(told.summary) or (body[0] if body else "")
    categories = normalise_labels(told.categories)
    return ParsedArticle(
        title=title,
        section=html_to_text(told.section or "") or section_from_labels(categories),
        categories=categories,
        tags=normalise_labels(told.tags),
        summary=cut_sentences(summary, limit=SUMMARY_LIMIT),
        body=body,
        authors=tuple(name for author in told.authors if (name := html_to_text(author))),
        published=in_zone(told.published_at, zone=zone) if told.published_at else None,
        updated=in_zone(told.updated_at, zone=zone) if told.updated_at else None,
        url=clean_url(told.url),
        language=tidy(told.language or "")[:2].lower() or None,
        related=tuple(line for headline in told.related if (line := html_to_text(headline))),
        image_url=told.image.url if told.image else None,
        image_alt=(html_to_text(told.image.alt) or None) if told.image else None,
        guid=told.id,
    )
