"""Pure: separate a page's headline from the name of the site."""

import re
from collections.abc import Sequence

from service.articles.parsing.typography import count_words, fold

_MARK = re.compile(r"\s+(?:[|–—·•»«›‹:]|-{1,2}|::|/)\s+|\s*[|：]\s*")
_SITE_WORDS = 6
_OWN_WORDS = 3

_MIN_HEADLINE_WORDS = 3
# Shorter labels of a domain occur in headlines by chance.
_MIN_LABEL_LENGTH = 4


def strip_site_name(title: str, *, site: str, headings: Sequence[str], host: str = "") -> str:
    """Return a shared title without the site's name before or after it.

    `site` is the site's own name, `host` its host name, `headings` are the page's main headings:
    what follows one of them in a title does not belong to the article.
    """
    told = fold(title)
    for heading in headings:
        short = fold(heading)
        if count_words(heading) >= _MIN_HEADLINE_WORDS and told != short and told.startswith(short):
            rest = title[len(heading) :].lstrip()
            if _MARK.match(f" {rest}") or rest[:1] in "|-–—·•":
                return heading
    parts = [part for part in _MARK.split(title) if part.strip()]
    if len(parts) <= 1:
        return title
    for at, keep in ((-1, 0), (0, 1)):
        if _is_site(parts[at], site=site, host=host):
            cut = title.rfind(parts[-1]) if at else title.find(parts[1])
            return (title[:cut] if keep == 0 else title[cut:]).strip(" |–—·•»«›‹:：-/")
    return title


def visible_headline(headings: Sequence[str], shared: str) -> str:
    """Return the main heading that equals the title for sharing; empty if they differ.

    The metadata's headline may be shorter, or a description; this is what readers see.
    """
    return next(
        (
            text
            for text in headings
            if count_words(text) >= _MIN_HEADLINE_WORDS and fold(text) == fold(shared)
        ),
        "",
    )


def is_slug_like(title: str) -> bool:
    """Return whether a title is a file or host name rather than a headline."""
    return re.fullmatch(r"[\w-]+(?:[-_.][\w]+){1,}", title) is not None


def _is_site(part: str, *, site: str, host: str) -> bool:
    told, name, label = _letters(part), _letters(site), _letters(host)
    if name and _same(told, name):
        return True
    # "Kanzlei Viehbacher" on viehbacher.example: short, and named in the address.
    return (
        len(label) >= _MIN_LABEL_LENGTH
        and count_words(part) <= _OWN_WORDS
        and (told.startswith(label) or told.endswith(label))
    )


def headline_from_title_tag(title: str) -> str:
    """Return the headline in a page's title tag, which most sites end with their own name."""
    found = list(_MARK.finditer(title))
    if not found:
        return title
    before, after = title[: found[-1].start()], title[found[-1].end() :]
    if count_words(before) >= _MIN_HEADLINE_WORDS and count_words(after) <= _SITE_WORDS:
        return headline_from_title_tag(before) if "|" in found[-1][0] else before
    after = title[found[0].end() :]
    return after if count_words(after) > count_words(title[: found[0].start()]) + 2 else title


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", fold(text))


def _same(one: str, other: str) -> bool:
    return bool(one) and (one == other or one.startswith(other) or other.startswith(one))
