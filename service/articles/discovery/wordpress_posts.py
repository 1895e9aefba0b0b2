"""Try WordPress's REST API as a feed: the posts that it lists, or why there are none."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from service.articles.discovery.feed_candidate import FeedCandidate, FoundBy, describe_candidate
from service.articles.discovery.site_visit import SiteVisit
from service.articles.wordpress.address import PostsApi, add_query
from service.articles.wordpress.parse_posts import parse_site_name
from service.articles.wordpress.read_posts import ApiClosed, read_posts
from service.kit.fetch import FetchedResponse
from service.kit.sandbox import SandboxLimitError, sandboxed

_NAME_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiOffer:
    """What became of trying an API: a candidate, or an answer that may pass, or it is closed."""

    api: PostsApi
    candidate: FeedCandidate | None = None
    answer: FetchedResponse | None = None
    closed: ApiClosed | None = None


def try_apis(apis: Sequence[PostsApi], visit: SiteVisit) -> ApiOffer:
    """Return the first API that lists posts, or what became of the first one.

    Raises:
        FetchFailed, FetchRefused: there is no answer.
        OperationRefused: the posts take too long to be parsed.
    """
    offers = []
    for api in apis:
        offer = _try(api, visit)
        if offer.closed is None:
            return offer
        offers.append(offer)
    return offers[0]


def _try(api: PostsApi, visit: SiteVisit) -> ApiOffer:
    try:
        reading = read_posts(api, lambda url, _: visit.get(url), since=None)
    except ApiClosed as closed:
        return ApiOffer(api=api, closed=closed)
    if reading.posts is None:
        return ApiOffer(api=api, answer=reading.answer)
    posts = replace(reading.posts, title=_site_name(api, visit))
    candidate = describe_candidate(posts, url=api.posts_url, found_by=FoundBy.ADDRESS)
    return ApiOffer(api=api, candidate=candidate)


def _site_name(api: PostsApi, visit: SiteVisit) -> str | None:
    answer = visit.try_get(add_query(api.root_url, {"_fields": "name"}))
    if answer is None:
        return None
    try:
        return sandboxed(parse_site_name, cpu=_NAME_SECONDS)(answer.body)
    except SandboxLimitError:
        return None
