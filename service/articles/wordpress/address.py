"""Pure: the addresses of WordPress's REST API, and of the feed beside it.

A site with readable links has the API below `/wp-json/`, any other one at `?rest_route=/`
(developer.wordpress.org/rest-api, "Routes vs Endpoints"). WordPress may live in a folder of its
host, and each language of a site may have its own.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from service.articles.urls import clean_url

_API = "wp-json"
_POSTS = "wp/v2/posts"
_ROUTE = "rest_route"
_PATH = re.compile(rf"(?P<site>/(?:[^/]+/)*?){_API}(?:/(?:wp/v2(?:/posts)?/?)?)?")
_POSTS_ROUTE = re.compile(r"/?(?:wp/v2(?:/posts)?)?/?")
_INDEX = re.compile(r"index\.php$")


@dataclass(frozen=True, slots=True, kw_only=True)
class PostsApi:
    """Where a site, which ends with a slash, lists its posts; `posts_url` keeps its own filters."""

    site: str
    posts_url: str

    @property
    def root_url(self) -> str:
        """The address at which the API describes the site."""
        return f"{self.site}?{_ROUTE}=/" if self._is_routed else f"{self.site}{_API}/"

    @property
    def feed_url(self) -> str:
        """The address of the RSS feed that WordPress makes of the same posts."""
        return f"{self.site}?feed=rss2" if self._is_routed else f"{self.site}feed/"

    @property
    def _is_routed(self) -> bool:
        return _ROUTE in dict(parse_qsl(urlsplit(self.posts_url).query))


def find_api(url: str) -> PostsApi | None:
    """Return the API that an address is in; None if it is another address.

    Accepted are the API's root, its namespace `wp/v2` and its posts, which may be filtered, as by
    `?categories=12`.
    """
    clean = clean_url(url, keep_origin=True)
    if clean is None:
        return None
    parts = urlsplit(clean)
    found = _PATH.fullmatch(parts.path)
    if found:
        site = urlunsplit((parts.scheme, parts.netloc, found["site"], "", ""))
        return PostsApi(site=site, posts_url=_with_query(f"{site}{_API}/{_POSTS}", parts.query))
    route = dict(parse_qsl(parts.query)).get(_ROUTE)
    if route is None or not _POSTS_ROUTE.fullmatch(route):
        return None
    site = urlunsplit((parts.scheme, parts.netloc, _INDEX.sub("", parts.path) or "/", "", ""))
    return PostsApi(site=site, posts_url=add_query(clean, {_ROUTE: f"/{_POSTS}"}))


def guess_apis(url: str) -> list[PostsApi]:
    """Return where the API of the site at an address may be, the usual place first."""
    known = find_api(url)
    site = known.site if known else urljoin(url, "./" if url.endswith("/") else "/")
    guessed = [f"{site}{_API}/{_POSTS}", f"{site}?{_ROUTE}=/{_POSTS}"]
    found = [known, *(find_api(each) for each in guessed)]
    return list({each.posts_url: each for each in found if each}.values())


def add_query(url: str, parameters: Mapping[str, str]) -> str:
    """Return an address with these parameters, in place of those of the same names."""
    parts = urlsplit(url)
    query = {**dict(parse_qsl(parts.query, keep_blank_values=True)), **parameters}
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(query, safe="/,:"), ""))


def _with_query(url: str, query: str) -> str:
    return f"{url}?{query}" if query else url
