"""Discover what a site offers a newsletter, from the address of any of its pages or feeds.

Looked at, in this order: the address itself, what its page declares and links to, the site's front
page if that names nothing, the places where many sites have a feed (until one is there), and the
news sitemaps that robots.txt or two well-known places name. No transaction may be open meanwhile:
up to 20 requests take up to 20 seconds.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta, tzinfo
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit

from service.articles.discovery.choose import (
    PageFacts,
    find_equals,
    is_of_section,
    rank_feeds,
)
from service.articles.discovery.feed_candidate import (
    FeedCandidate,
    FoundBy,
    SiteOffer,
    describe_candidate,
)
from service.articles.discovery.page_links import (
    WORDPRESS_RELATION,
    FeedLink,
    PageLinks,
    find_page_links,
)
from service.articles.discovery.site_visit import DEADLINE, SiteVisit
from service.articles.discovery.wordpress_posts import try_apis
from service.articles.feed_kind import FeedKind
from service.articles.feeds.limits import parse_within_limits
from service.articles.feeds.non_feed import describe_non_feed
from service.articles.feeds.sitemap_index import follow_index
from service.articles.input_format import InputFormat, detect_format
from service.articles.parsed_article import ParsedFeed
from service.articles.parsing.link_header import linked_urls
from service.articles.urls import absolute_url, is_front_page, url_alias
from service.articles.wordpress.address import find_api, guess_apis
from service.kit.errors import OperationRefused
from service.kit.fetch import FetchedResponse
from service.kit.fetch_guard import ALLOWED_PORTS, FetchFailed, FetchRefused
from service.kit.log import get_logger
from service.kit.sandbox import SandboxLimitError, sandboxed
from service.kit.translatable import TranslatableMessage, translatable

log = get_logger(__name__)

WELL_KNOWN_FEEDS = (
    "/feed/",
    "/rss",
    "/rss.xml",
    "/atom.xml",
    "/feed.xml",
    "/index.xml",
    "/feeds/posts/default",
)
WELL_KNOWN_SITEMAPS = ("/news-sitemap.xml", "/sitemap_news.xml", "/sitemap-news.xml")
_MAX_DECLARED, _MAX_LINKED, _MAX_SITEMAPS = 6, 3, 2
_PAGE_SECONDS = 1.5
_ROBOTS_LENGTH = 500_000
_SITEMAP_LINE = re.compile(r"^\s*sitemap\s*:\s*(\S{1,2000})", re.IGNORECASE | re.MULTILINE)
_NEWS = re.compile(r"news|actu|noticia|nachrichten", re.IGNORECASE)


class UnexpectedStatus(FetchFailed):
    """The address was answered with a status other than 200; `answer` is that answer."""

    def __init__(self, answer: FetchedResponse) -> None:
        super().__init__(translatable("feed.status", status=str(answer.status)))
        self.answer = answer


def discover_feeds(
    url: str,
    *,
    zone: tzinfo,
    allow_private: bool = False,
    ports: Collection[int] = ALLOWED_PORTS,
    deadline: timedelta = DEADLINE,
    kind: FeedKind | None = None,
) -> SiteOffer:
    """Return what is found at the address of a site's page, of a feed, or of WordPress's REST API.

    With the kind WordPress, the API of the site is looked for; if it is closed, what else the site
    offers is found. `zone` is the publication's, for dates without an offset. The deadline covers
    all requests.

    Raises:
        FetchRefused: the address is one that is never asked.
    """
    visit = SiteVisit(allow_private=allow_private, ports=ports, deadline=deadline)
    api = find_api(url)
    if kind is FeedKind.WORDPRESS or (kind is None and api is not None):
        return _discover_wordpress(url, visit, zone=zone)
    return _discover(url, visit, zone=zone)


def _discover_wordpress(url: str, visit: SiteVisit, *, zone: tzinfo) -> SiteOffer:
    apis = guess_apis(url)
    try:
        tried = try_apis(apis, visit)
    except (FetchFailed, OperationRefused) as error:
        if isinstance(error, FetchRefused) or not apis:
            raise
        return SiteOffer(url=apis[0].posts_url, unread=error)
    if tried.closed is not None:
        return _with_remark(_discover(tried.api.site, visit, zone=zone), tried.closed.message)
    if tried.candidate is None:
        unread = UnexpectedStatus(tried.answer) if tried.answer else None
        return SiteOffer(url=tried.api.posts_url, unread=unread)
    return SiteOffer(
        url=tried.api.posts_url,
        feeds=[tried.candidate],
        choice=tried.candidate,
        wordpress_api=tried.api.root_url,
    )


def _with_remark(offer: SiteOffer, remark: TranslatableMessage) -> SiteOffer:
    """Return the offer with a remark on the feed that is chosen."""
    if offer.choice is None:
        return offer
    choice = replace(offer.choice, remark=remark)
    feeds = [choice if each is offer.choice else each for each in offer.feeds]
    return replace(offer, feeds=feeds, choice=choice)


def _discover(url: str, visit: SiteVisit, *, zone: tzinfo) -> SiteOffer:
    try:
        answer = visit.get(url)
    except FetchFailed as error:
        return SiteOffer(url=url, unread=error)
    if answer.status != HTTPStatus.OK:
        return SiteOffer(url=url, unread=UnexpectedStatus(answer))
    if detect_format(answer.body, content_type=answer.content_type) is InputFormat.FEED:
        return _offer_of_feed(answer, visit, asked=url, zone=zone)
    offer = _Search(visit, answer, zone=zone).run()
    log.info("feed.discovered", feeds=len(offer.feeds), chosen=offer.choice is not None)
    return offer


def _offer_of_feed(
    answer: FetchedResponse, visit: SiteVisit, *, asked: str, zone: tzinfo
) -> SiteOffer:
    try:
        feed = _parse(answer, visit, zone=zone)
    except (FetchFailed, OperationRefused) as error:
        return SiteOffer(url=asked, unread=error)
    # Unless it has moved for good, the address stays the one that was given.
    found = describe_candidate(feed, url=answer.moved_to or asked, found_by=FoundBy.ADDRESS)
    hub = found.hub_url or _linked(answer, "hub")
    found = replace(found, hub_url=hub)
    return SiteOffer(url=answer.url, feeds=[found], choice=found, hub_url=hub)


class _Search:
    """The search that starts at one page."""

    def __init__(self, visit: SiteVisit, answer: FetchedResponse, *, zone: tzinfo) -> None:
        self._visit = visit
        self._answer = answer
        self._zone = zone
        self._links = _page_links(answer)
        self._found: dict[str, FeedCandidate] = {}

    def run(self) -> SiteOffer:
        page = PageFacts(
            url=self._answer.url,
            language=self._links.language,
            is_article=self._links.is_article,
        )
        front = self._links if self._links.feeds else self._front_links()
        self._try_links(front.feeds)
        self._try_well_known(page)
        self._try_sitemaps()
        ranked = rank_feeds(list(self._found.values()), page)
        equals = find_equals(ranked, page)
        return SiteOffer(
            url=self._answer.url,
            feeds=ranked,
            choice=equals[0] if len(equals) == 1 else None,
            problem=None if len(equals) == 1 else self._problem(equals),
            wordpress_api=_linked(self._answer, WORDPRESS_RELATION)
            or self._links.wordpress_api
            or front.wordpress_api,
            hub_url=_linked(self._answer, "hub") or self._links.hub_url or front.hub_url,
            is_cut_short=self._visit.is_cut_short,
        )

    def _problem(self, equals: Sequence[FeedCandidate]) -> TranslatableMessage:
        if equals:
            return translatable("discovery.several", urls=[each.url for each in equals])
        said = describe_non_feed(self._answer.body, url=self._answer.url)
        return said if said.key == "feed.robot_check" else translatable("discovery.nothing")

    def _front_links(self) -> PageLinks:
        """Return the links of the site's front page, where the page that was asked has none."""
        if is_front_page(self._answer.url):
            return self._links
        answer = self._visit.try_get(urljoin(self._answer.url, "/"))
        return _page_links(answer) if answer else self._links

    def _try_links(self, links: Iterable[FeedLink]) -> None:
        links = list(links)
        for link in [each for each in links if each.is_declared][:_MAX_DECLARED]:
            self._try(link.url, found_by=FoundBy.DECLARED, title=link.title)
        if not self._found:
            for link in [each for each in links if not each.is_declared][:_MAX_LINKED]:
                self._try(link.url, found_by=FoundBy.LINKED, title=link.title)

    def _try_well_known(self, page: PageFacts) -> None:
        # WordPress has a feed for each section; nearly every site has one for all articles.
        if page.section is not None and not any(is_of_section(each, page) for each in self._feeds):
            path = urlsplit(page.url).path.rstrip("/")
            self._try(urljoin(page.url, f"{path}/feed/"), found_by=FoundBy.WELL_KNOWN)
        if not self._feeds:
            for place in WELL_KNOWN_FEEDS:
                if self._try(urljoin(page.url, place), found_by=FoundBy.WELL_KNOWN):
                    break

    @property
    def _feeds(self) -> list[FeedCandidate]:
        return [each for each in self._found.values() if not each.has_comments]

    def _try_sitemaps(self) -> None:
        robots = self._visit.try_get(urljoin(self._answer.url, "/robots.txt"))
        named = _news_sitemaps(robots) if robots else []
        places = [urljoin(self._answer.url, path) for path in WELL_KNOWN_SITEMAPS]
        for url in (named or places)[: _MAX_SITEMAPS if named else len(places)]:
            if self._try(url, found_by=FoundBy.SITEMAP):
                break

    def _try(self, url: str, *, found_by: FoundBy, title: str = "") -> bool:
        """Return whether there is a feed, which is then among those that were found."""
        answer = self._visit.try_get(url)
        if answer is None:
            return False
        try:
            feed = _parse(answer, self._visit, zone=self._zone)
        except (FetchFailed, OperationRefused):
            return False
        found = describe_candidate(feed, url=answer.url, found_by=found_by, link_title=title)
        found = replace(found, hub_url=found.hub_url or _linked(answer, "hub"))
        self._found.setdefault(url_alias(answer.url), found)
        return True


def _parse(answer: FetchedResponse, visit: SiteVisit, *, zone: tzinfo) -> ParsedFeed:
    feed = parse_within_limits(answer.body, url=answer.url, zone=zone, cut=answer.cut)
    return follow_index(feed, zone=zone, get=visit.get)


def _page_links(answer: FetchedResponse) -> PageLinks:
    try:
        return sandboxed(find_page_links, cpu=_PAGE_SECONDS)(answer.body, url=answer.url)
    except SandboxLimitError:
        return PageLinks()


def _linked(answer: FetchedResponse, relation: str) -> str | None:
    header = answer.headers.get("link", "")
    return next(linked_urls(header, relation, base=answer.url), None)


def _news_sitemaps(robots: FetchedResponse) -> list[str]:
    text = robots.body[:_ROBOTS_LENGTH].decode("utf-8", "replace")
    named = [absolute_url(robots.url, line) for line in _SITEMAP_LINE.findall(text)]
    return [url for url in named if url and _NEWS.search(urlsplit(url).path)]
