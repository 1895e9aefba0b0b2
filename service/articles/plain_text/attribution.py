"""Pure: recognise datelines and bylines, and lines that belong to the site, on a copied page."""

import re

from service.articles.parsing.bylines import has_byline_cue, parse_byline
from service.articles.parsing.timestamps import TIMESTAMP
from service.articles.parsing.typography import count_words
from service.articles.plain_text.lines import LineKind, TextLine

_CLOCK = re.compile(r"\b\d{1,2}:\d{2}\b")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_ZONED = re.compile(r"\b\d{1,2}:\d{2} ?(?:[AP]M|[ap]\.?m\b|GMT|UTC|[A-Z]{2,3}T\b)")
_BULLET = re.compile(r"[•·*▪■►→–—-]\s|(?:home|accueil|inicio|início)\b", re.IGNORECASE)
_CREDIT = re.compile(
    r"crédits? ?photos?|photo credit|getty images|\bAP photo|\bphotograph|\bpicture:"
    r"|[/(](?:AFP|AP|Reuters|EPA)\b|\bsource ?:|\w{4}\. \w"
    r"|\((?-i:(?:[A-Z][\w.-]+ ){1,3}[A-Z][\w.-]+)(?:/[\w /.-]{1,60})?\)$",
    re.IGNORECASE,
)
_SERVICE = re.compile(
    r"\b(?:log ?in|register|sign ?up|sign in|terms of|privacy|subscribe|rss|se connecter"
    r"|s'inscrire|cookies?|newsletter)\b|\bmore ?:"
    r"|^(?:more|topics?|tags?|filed under|related|sections?|categor\w+|posted in|see (?:all|more"
    r"|what)|view all|read more|browse|follow|watch|listen|voir|next|previous)\b",
    re.IGNORECASE,
)
_COMMAS = re.compile(r"[,|•·/]")
_MARKS = re.compile(r"\s[|•·]\s")
_NETWORKS = re.compile(
    r"\b(?:facebook|twitter|whatsapp|telegram|linkedin|instagram|reddit|digg|delicious|pinterest)\b",
    re.IGNORECASE,
)
_MIN_LIST_PARTS = 5
_SHORT_PART_WORDS = 3.5
_MAX_WORDS = 14
_MAX_EXTRA_WORDS = 3


def is_dateline_or_byline(line: TextLine) -> bool:
    """Return whether a line dates or signs what is above it, in any wording."""
    if line.kind is not LineKind.TEXT:
        return line.kind is LineKind.DATE
    text = line.text
    words = count_words(text)
    if words > _MAX_WORDS:
        return False
    if has_byline_cue(text) and parse_byline(text):
        return True
    moment = TIMESTAMP.search(text)
    if moment and count_words(text.replace(moment[0], " ")) <= _MAX_EXTRA_WORDS:
        return True
    clock = _CLOCK.search(text)
    return clock is not None and bool(moment or _YEAR.search(text) or _ZONED.search(text))


def is_byline(line: TextLine) -> bool:
    """Return whether a line is only a name, perhaps with a cue such as "Par"."""
    return line.kind is LineKind.TEXT and bool(parse_byline(line.text))


def is_content_line(line: TextLine) -> bool:
    """Return whether a line is neither a list, a credit, a date nor a service of the site."""
    text = line.text
    parts = _COMMAS.split(text)
    listed = len(parts) >= _MIN_LIST_PARTS and count_words(text) <= len(parts) * _SHORT_PART_WORDS
    return not (
        listed
        or len(_MARKS.findall(text)) > 1
        or len(_NETWORKS.findall(text)) > 1
        or _BULLET.match(text)
        or _CREDIT.search(text)
        or _SERVICE.search(text.replace("’", "'"))
        or is_dateline_or_byline(line)
    )
