"""A publisher's WordPress, as far as its REST API lists posts; on a real socket."""

import json
import socket
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.fakes.site import Manners, Site, answer


class _PagesByPath(dict[str, Manners]):
    """Finds a page by its path; a query is for the page itself to read."""

    def get(self, path: str, default: Any = None) -> Any:
        return super().get(path, super().get(path.partition("?")[0], default))


@dataclass
class WordPress:
    """Posts of a site, listed as WordPress does: filtered, sorted and in pages.

    `modified_filter` is False for WordPress before 5.7, which ignores `modified_after`.
    """

    site: Site
    posts: list[dict[str, Any]] = field(default_factory=list)
    modified_filter: bool = True
    asked: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.site.pages = _PagesByPath(self.site.pages)
        self.site.pages["/wp-json/wp/v2/posts"] = self.serve
        self.site.pages["/wp-json/"] = answer(
            json.dumps({"name": "Le Courrier &amp; Cie"}).encode()
        )

    @property
    def posts_url(self) -> str:
        return f"{self.site.url}/wp-json/wp/v2/posts"

    def publish(
        self, number: int, *, at: datetime, changed: datetime | None = None, **said: Any
    ) -> None:
        self.posts = [each for each in self.posts if each["id"] != number]
        self.posts.append(a_post(self.site.url, number, at=at, changed=changed or at, **said))

    def serve(self, connection: socket.socket, request: bytes) -> None:
        target = request.split(b" ", 2)[1].decode()
        asked = dict(parse_qsl(urlsplit(target).query))
        self.asked.append(asked)
        name = "modified_gmt" if asked.get("orderby") == "modified" else "date_gmt"
        found = [each for each in self.posts if self._is_asked_for(each, asked)]
        found.sort(key=lambda each: each[name], reverse=True)
        size, page = int(asked.get("per_page", "10")), int(asked.get("page", "1"))
        pages = -(-len(found) // size)
        if page > max(pages, 1):
            error = {"code": "rest_post_invalid_page_number"}
            answer(json.dumps(error).encode(), status="400 Bad Request")(connection, request)
            return
        body = json.dumps(found[(page - 1) * size : page * size]).encode()
        told = {"X-WP-Total": str(len(found)), "X-WP-TotalPages": str(pages)}
        answer(body, headers={**told, "Content-Type": "application/json"})(connection, request)

    def _is_asked_for(self, post: dict[str, Any], asked: dict[str, str]) -> bool:
        modified = asked.get("modified_after") if self.modified_filter else None
        after = asked.get("after")
        return (after is None or post["date_gmt"] > after[:19]) and (
            modified is None or post["modified_gmt"] > modified[:19]
        )


def a_post(
    site: str, number: int, *, at: datetime, changed: datetime, **said: Any
) -> dict[str, Any]:
    """A post as `wp/v2/posts?_embed` lists it; `said` replaces fields."""
    post = {
        "id": number,
        "guid": {"rendered": f"{site}/?p={number}"},
        "status": "publish",
        "date_gmt": _stamp(at),
        "modified_gmt": _stamp(changed),
        "link": f"{site}/2023/02/article-{number}/",
        "title": {"rendered": f"Le port n&rsquo;attend pas {number}"},
        "excerpt": {
            "rendered": "<p>Les travaux commencent en mars [&hellip;]</p>\n",
            "protected": False,
        },
        "content": {
            "rendered": "<p>Les travaux commencent en mars.</p>\n<p>Ils dureront deux ans.</p>",
            "protected": False,
        },
        "author": 3,
        "featured_media": 9,
        "categories": [5],
        "tags": [],
        "_embedded": {
            "author": [{"id": 3, "name": "Awa Koné"}],
            "wp:featuredmedia": [
                {
                    "source_url": f"{site}/wp-content/uploads/port.jpg",
                    "alt_text": "Un quai du port",
                    "media_details": {
                        "width": 3000,
                        "height": 2000,
                        "sizes": {
                            "thumbnail": _size(site, 150, 150),
                            "medium": _size(site, 300, 200),
                            "medium_large": _size(site, 768, 512),
                            "large": _size(site, 1024, 683),
                        },
                    },
                }
            ],
            "wp:term": [
                [{"taxonomy": "category", "name": "Économie &amp; Ports"}],
                [{"taxonomy": "post_tag", "name": "Abidjan"}],
            ],
        },
    }
    return {**post, **said}


def _size(site: str, width: int, height: int) -> dict[str, Any]:
    url = f"{site}/wp-content/uploads/port-{width}x{height}.jpg"
    return {"width": width, "height": height, "source_url": url}


def _stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"
