"""The coming edition as JSON, the same for commands and for the API."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from service.articles.read_models import ArticleDetails
from service.editions.frozen import FrozenText
from service.editions.lifecycle import EditionState
from service.editions.proposal import EditionProposal, ProposedArticle
from service.editions.read_models import EditionArticleDetails, EditionDetails
from service.newsletters.details import NewsletterDetails


def edition_to_json(edition: EditionDetails, newsletter: NewsletterDetails) -> dict[str, Any]:
    """Return what an edition is and what it waits for.

    `slot` is in the newsletter's own time; `goes_out_at`, an instant in UTC, is null unless it is a
    draft that goes out without another decision. `version` counts editors' changes.
    """
    return {
        "edition": edition.id,
        "newsletter": newsletter.slug,
        "kind": edition.kind,
        "frequency": edition.frequency,
        "slot": f"{edition.slot_date} {edition.slot_time:%H:%M}",
        "time_zone": newsletter.time_zone,
        "goes_out_at": _iso(edition.window_to) if goes_out(edition, newsletter) else None,
        "state": edition.state,
        "held": edition.held_at is not None,
        "paused": edition.paused_at is not None,
        "needs_approval": newsletter.needs_approval,
        "approved_at": _iso(edition.approved_at),
        "version": edition.curation_version,
        "changed_at": _iso(edition.curated_at),
    }


def goes_out(edition: EditionDetails, newsletter: NewsletterDetails) -> bool:
    """Return whether a draft goes out at its slot if no operator does anything."""
    waits = newsletter.needs_approval and edition.approved_at is None
    return edition.state is EditionState.DRAFT and edition.held_at is None and not waits


def proposal_to_json(proposal: EditionProposal) -> dict[str, Any]:
    """Return what an edition would have now, in the order of the page, and what is left out.

    `left_over` are articles for which their section has no room.
    """
    return {
        "window_from": _iso(proposal.window_from),
        "window_to": _iso(proposal.window_to),
        "articles": [_proposed(each) for each in proposal.articles],
        "dropped": [_proposed(each) for each in proposal.dropped],
        "left_over": [_proposed(each) for each in proposal.left_over],
        "texts": texts_to_json(proposal.text),
    }


def frozen_to_json(articles: Iterable[EditionArticleDetails]) -> list[dict[str, Any]]:
    """Return what was frozen of an edition's articles, withdrawn ones included."""
    return [
        {
            **_article(each.article),
            "section": each.section.name,
            "title": each.frozen.get("title") or each.article.title,
            "summary": each.frozen.get("summary") or each.article.summary,
            "withdrawn": each.article.withdrawn_at is not None,
        }
        for each in articles
    ]


def texts_to_json(text: FrozenText) -> dict[str, str]:
    """Return what editors have written around the articles; "" is what the articles make of it."""
    return {name: value or "" for name, value in asdict(text).items()}


def _proposed(proposed: ProposedArticle) -> dict[str, Any]:
    """Title and summary are the message's; the publisher's own stand beside a rewritten one."""
    curated = proposed.curated
    return {
        **_article(proposed.article),
        "section": proposed.section.name,
        "title": proposed.title,
        "summary": proposed.summary,
        "withdrawn": proposed.article.withdrawn_at is not None,
        "pinned": curated.is_pinned,
        "dropped": curated.is_dropped,
        "ordered": curated.position is not None,
        "moved": curated.section_id is not None,
        "publishers_title": proposed.article.title if curated.title else None,
        "publishers_summary": None if curated.summary is None else proposed.article.summary,
    }


def _article(article: ArticleDetails) -> dict[str, Any]:
    return {
        "id": article.id,
        "url": article.url,
        "published": _iso(article.published_at),
    }


def _iso(instant: datetime | None) -> str | None:
    return instant.astimezone(UTC).isoformat() if instant else None
