"""Pure: a page's headline, without the name of the site that stands behind it."""

import re
from collections.abc import Sequence

from service.articles.parsing.typography import count_words, fold

_MARK = re.compile(r"\s+(?:[|–—·•»«›‹:]|-{1,2}|::|/)\s+|\s*[|：]\s*")
_SITE_WORDS = 6
_OWN_WORDS = 3


def strip_site_name(title: str, *, site: str, headings: Sequence[str], host: str = "") -> str:
    """Return a shared title without the site's name in front of or behind it.

    `site` is how the site calls itself, `host` its name on the web, `headings` are the page's main
    headings: a title that begins with one of them says nothing else that belongs to the article.
    """
    told = fold(title)
    for heading in headings:
        short = fold(heading)
        if count_words(heading) >= 3 and told != short and told.startswith(short):
            rest = title[len(heading) :].lstrip()
            if _MARK.match(f" {rest}") or rest[:1] in "|-–—·•":
                return heading
    parts = [part for part in _MARK.split(title) if part.strip()]
    if len(parts) < 2:
        return title
    for at, keep in ((-1, 0), (0, 1)):
        if _is_site(parts[at], site=site, host=host):
            cut = title.rfind(parts[-1]) if at else title.find(parts[1])
            return (title[:cut] if keep == 0 else title[cut:]).strip(" |–—·•»«›‹:：-/")
    return title


def visible_headline(headings: Sequence[str], shared: str) -> str:
    """Return the main heading that a page also gives to those who share it; empty if they differ.

    What it tells machines may be shorter, or a description; this is what its readers see.
    """
    return next(
        (text for text in headings if count_words(text) > 2 and fold(text) == fold(shared)), ""
    )


def is_slug_like(title: str) -> bool:
    """Tell whether a title is the name of a file or a site rather than a headline."""
    return re.fullmatch(r"[\w-]+(?:[-_.][\w]+){1,}", title) is not None


def _is_site(part: str, *, site: str, host: str) -> bool:
    told, name, label = _letters(part), _letters(site), _letters(host)
    if name and _same(told, name):
        return True
    # "Kanzlei Viehbacher" on viehbacher.example: short, and named in the address.
    return (
        len(label) > 3
        and count_words(part) <= _OWN_WORDS
        and (told.startswith(label) or told.endswith(label))
    )


def headline_from_title_tag(title: str) -> str:
    """Return the headline of a window's title, which most sites end with their own name."""
    found = list(_MARK.finditer(title))
    if not found:
        return title
    before, after = title[: found[-1].start()], title[found[-1].end() :]
    if count_words(before) >= 3 and count_words(after) <= _SITE_WORDS:
        return headline_from_title_tag(before) if "|" in found[-1][0] else before
    after = title[found[0].end() :]
    return after if count_words(after) > count_words(title[: found[0].start()]) + 2 else title


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", fold(text))


def _same(one: str, other: str) -> bool:
    return bool(one) and (one == other or one.startswith(other) or other.startswith(one))
