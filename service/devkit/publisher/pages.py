"""The news site: front pages, sections, articles, feeds."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from typing import Any

from babel.dates import format_date
from babel.dates import format_datetime as format_local
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from service.devkit.publisher import feeds
from service.devkit.publisher.article import PublishedArticle, slug
from service.devkit.publisher.journal import PublishingJournal

HERE = Path(__file__).parent
FRONT = 19
FEED = 30
FORMS = {"feed.xml": "application/rss+xml", "atom.xml": "application/atom+xml"}
WORDS = {
    "fr": {
        "also": "À lire aussi",
        "by": "Par",
        "updated": "Mis à jour le",
        "published": "Publié le",
    },
    "en": {"also": "Read also", "by": "By", "updated": "Updated", "published": "Published"},
}


class SitePages:
    """The handlers, around one press."""

    def __init__(self, press: PublishingJournal, *, base: str) -> None:
        self._press = press
        self._base = base
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined
        )
        self._templates.filters["slug"] = slug

    async def show_front(self, request: Request) -> Response:
        """The newest articles of an edition of the site, or of one of its sections."""
        language = _asked(request, "language") or "fr"
        section = self._section(request, language)
        articles = self._press.articles(language, section)[:FRONT]
        return self._page(request, "front.html.j2", language, articles=articles, section=section)

    async def show_article(self, request: Request) -> Response:
        """One article, with what machines read from it."""
        article = self._wanted(request)
        data = json.dumps(feeds.as_json_ld(article, base=self._base), ensure_ascii=False)
        return self._page(
            request,
            "article.html.j2",
            article.language,
            article=article,
            section=article.section,
            json_ld=Markup(data.replace("<", "\\u003c")),  # noqa: S704 -- JSON whose `<` are escaped.
        )

    async def show_feed(self, request: Request) -> Response:
        """RSS, Atom or JSON, of the site or a section."""
        language = _asked(request, "language") or "fr"
        section = self._section(request, language)
        channel = feeds.FeedChannel(
            base=self._base,
            path=request.url.path + (f"?{request.url.query}" if request.url.query else ""),
            language=language,
            section=section,
            articles=self._press.articles(language, section)[:FEED],
        )
        form = request.url.path.rpartition("/")[2]
        if form == "feed.json":
            body = json.dumps(feeds.as_json_feed(channel), ensure_ascii=False).encode()
            return _answer(request, body, "application/feed+json", changed=channel.changed)
        body = feeds.as_rss(channel) if form == "feed.xml" else feeds.as_atom(channel)
        return _answer(request, body, FORMS[form] + "; charset=utf-8", changed=channel.changed)

    def _wanted(self, request: Request) -> PublishedArticle:
        number = request.path_params["slug"].rpartition("-")[2]
        article = self._press.article(int(number)) if number.isdecimal() else None
        if article is None or article.path != request.url.path:
            raise HTTPException(404, "There is no such article.")
        if article.withdrawn:
            raise HTTPException(410, "This article has been withdrawn.")
        return article

    def _section(self, request: Request, language: str) -> str | None:
        wanted = _asked(request, "section")
        if language not in feeds.NAMES:
            raise HTTPException(404)
        if wanted is None:
            return None
        for section in self._press.sections(language):
            if slug(section) == wanted:
                return section
        raise HTTPException(404, "There is no such section.")

    def _page(self, request: Request, template: str, language: str, **facts: Any) -> Response:
        shared = {
            "base": self._base,
            "language": language,
            "name": feeds.NAMES[language],
            "slogan": feeds.SLOGANS[language],
            "sections": self._press.sections(language),
            "words": WORDS[language],
            "when": _writer(language),
        }
        html = self._templates.get_template(template).render(shared | facts)
        return _answer(request, html.encode(), "text/html; charset=utf-8")


def make_app(press: PublishingJournal, *, base: str) -> Starlette:
    """Wire the site. `base` is its address as readers and messages see it."""
    site = SitePages(press, base=base.rstrip("/"))
    forms = ("feed.xml", "atom.xml", "feed.json")
    places = ("", "/{language}", "/{language}/{section}")
    return Starlette(
        routes=[
            Route("/", site.show_front),
            Route("/articles/{slug}", site.show_article),
            Mount("/static", StaticFiles(directory=HERE / "static")),
            *(Route(f"{place}/{form}", site.show_feed) for place in places for form in forms),
            Route("/{language}", site.show_front),
            Route("/{language}/{section}", site.show_front),
        ]
    )


def _asked(request: Request, name: str) -> str | None:
    """A part of the address: /fr/sport/feed.xml is also /feed.xml?language=fr&section=sport."""
    found = request.path_params.get(name) or request.query_params.get(name)
    return str(found) if found else None


def _writer(language: str) -> Callable[[datetime], str]:
    def when(instant: datetime) -> str:
        if language == "fr":
            day = format_date(instant, "EEEE d MMMM y", locale="fr")
            return f"{day} à {format_local(instant, 'H:mm', locale='fr')}"
        return format_local(instant, "d MMMM y, HH:mm", locale="en_GB")

    return when


def _answer(
    request: Request,
    body: bytes,
    kind: str,
    *,
    changed: datetime | None = None,
) -> Response:
    """The body, or 304 when the asker has it already."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    shared = {"ETag": tag, "Cache-Control": "no-cache"}
    if changed:
        shared["Last-Modified"] = format_datetime(changed.astimezone(UTC), usegmt=True)
    if _has_it(request, tag, changed):
        return Response(status_code=304, headers=shared)
    return Response(body, media_type=kind, headers=shared)


def _has_it(request: Request, tag: str, changed: datetime | None) -> bool:
    if known := request.headers.get("If-None-Match"):
        return tag in known or known.strip() == "*"
    since = request.headers.get("If-Modified-Since")
    if not since or changed is None:
        return False
    try:
        return changed.replace(microsecond=0) <= parsedate_to_datetime(since)
    except (ValueError, TypeError):
        return False
