"""Pure: a copied page becomes lines, each with what it is for.

This is the first of three steps: here every line is judged alone; `head` and
`tail` judge by position; `clipping` puts the article together.
"""

import re
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import Enum, auto

from service.articles.parsing.boilerplate import (
    is_advert_label,
    is_boilerplate,
    is_caption,
    is_list_heading,
    is_photo_credit,
)
from service.articles.parsing.bylines import parse_byline
from service.articles.parsing.related_links import related_headline, split_at_related_links
from service.articles.parsing.timestamps import TIMESTAMP, YEARLESS_DATE, timestamp_from_match
from service.articles.parsing.typography import count_words, tidy


class LineKind(Enum):
    """What a line is for, as far as it can be told from the line alone."""

    TEXT = auto()
    DATE = auto()
    RELATED = auto()
    CRUMBS = auto()
    FURNITURE = auto()
    CAPTION = auto()
    LISTING = auto()
    ADVERT = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLine:
    """One line: its text (of a related line: the headline), and what was read from it."""

    text: str
    kind: LineKind = LineKind.TEXT
    # An empty line stands above it.
    gap: bool = False
    published: datetime | None = None
    updated: datetime | None = None
    authors: tuple[str, ...] = ()


_BREAK = re.compile("\r\n|[\r\n\v\f\x85\u2028\u2029]")
_UPDATED = (
    r"(?:dernières?\s+)?mise?s?\s+[àa]\s+jour|m[àa]j|(?:dernière\s+)?modifi(?:é|cation)e?s?|actualisée?"
    r"|(?:última\s+)?a(?:c)?tuali[sz]ad[oa](?:\s+(?:em|el))?|(?:last\s+)?(?:updated|modified|update)|revised"
)
_PUBLISHED = (
    r"(?:article\s+)?(?:publi(?:é|e\b|cation)e?|paru(?:tion)?e?|postée?|mise?\s+en\s+ligne|créée?|diffusée?"
    r"|date(?:\s+de\s+publication)?|(?:first\s+)?published|posted|publicad[oa](?:\s+(?:em|a|el))?|rédigée?\s+le|écrit\s+le)"
)
_LABEL = re.compile(
    rf"\b(?:(?P<updated>{_UPDATED})|(?P<published>{_PUBLISHED})(?!\w))", re.IGNORECASE
)
# "Publié le 3 mars 2026 à 14h05 - Mis à jour à 15h10": the same day.
_UPDATED_AT = re.compile(
    rf"[\s,;|·•–—-]*\b(?:{_UPDATED})\s*(?:à|at|às|:)?\s*(\d{{1,2}})\s?[h:]\s?(\d{{2}})\W*$",
    re.IGNORECASE,
)
# "08/02/2023 - 14:39Modifié le …": two elements of the page that had no space between them.
_GLUED = re.compile(r"(?<=\d)(?=(?:Modifié|Mis |Mise |Publié|Updated|Published))")
_DOUBLE_ANGLES = re.compile(r"<<\s?([^<>]{1,1000}?)\s?>>")
_CONNECTORS = re.compile(
    r"^[\s,;:|·•.\-–—()\[\]/@]+|[\s,;:|·•\-–—()\[\]/@]+$|^(?:le|la(?!\s+rédaction)|on|at|à|du|ce|this)\b|\b(?:le|on|at|à|du|par|by|por)$",
    re.IGNORECASE,
)
_AGO = re.compile(
    r"(?:il y a|depuis)\s+(?:environ\s+)?(?:\d+|une?)\s+\w+|(?:hier|aujourd'hui|ce matin|yesterday"
    r"|today)\b.{0,15}|(?:about\s+)?(?:\d+|an?)\s+(?:seconds?|minutes?|hours?|days?|weeks?)\s+ago",
    re.IGNORECASE,
)
_CRUMB = re.compile(r"\s*(?:>+|›|»|→|\s/\s|\s\|\s)\s*")
_HOME = re.compile(
    r"^(?:vous êtes ici\s?:?\s*|you are here\s?:?\s*)?(?:accueil|home)\b", re.IGNORECASE
)
# What sites set behind a date: how long it takes to read, and who has read or said something.
_COUNTED = re.compile(
    r"[\s,;|·•–—-]*(?:temps de lecture\s?:?\s?)?(?:lu\s)?"
    r"(?:(?<!\d)(?:\d{1,3}(?:[\s.]\d{3}){1,2}|\d{1,7})|aucun|no)\s?"
    r"(?:min(?:ute)?s?|mn|commentaires?|comments?|vues?|views?|lectures?|fois|partages?|shares?)\b"
    r"\.?(?:\sde\slecture|\sread)?\W*$",
    re.IGNORECASE,
)
_RIGHTS = re.compile(r"^\W*©\s?.{2,40}?\s[–—|·-]\s(?=\d|[A-Za-z])")
_DATELINE = re.compile(r"[A-ZÀ-Þ][\w'’ -]{1,30}")


def classify_lines(text: str, *, zone: tzinfo) -> list[TextLine]:
    """Split a text into its lines and say what each one is for; empty lines become gaps."""
    lines: list[TextLine] = []
    gap = False
    for raw in _BREAK.split(text):
        # Plain keyboards write « as << and " as two apostrophes.
        whole = _DOUBLE_ANGLES.sub(r"« \1 »", tidy(raw)).replace("''", '"')
        if not whole:
            gap = True
            continue
        for part in split_at_related_links(whole):
            lines.append(_judge(part, gap=gap, zone=zone))
            gap = False
    return lines


def breadcrumbs_of(line: TextLine) -> list[str]:
    """Return the steps of a breadcrumb line, without the home page."""
    steps = [step for step in _CRUMB.split(_HOME.sub("", line.text)) if step]
    return [step for step in steps if count_words(step)]


def _judge(text: str, *, gap: bool, zone: tzinfo) -> TextLine:
    headline = related_headline(text)
    if headline is not None:
        return TextLine(text=headline, kind=LineKind.RELATED, gap=gap)
    dated = _read_dates(text, gap=gap, zone=zone)
    if dated is not None:
        return dated
    if _is_crumbs(text):
        return TextLine(text=text, kind=LineKind.CRUMBS, gap=gap)
    return TextLine(text=text, kind=_kind_of(text), gap=gap)


def _kind_of(text: str) -> LineKind:
    if is_list_heading(text):
        return LineKind.LISTING
    if is_advert_label(text):
        return LineKind.ADVERT
    if is_boilerplate(text):
        return LineKind.FURNITURE
    if is_photo_credit(text) or (is_caption(text) and not parse_byline(text)):
        return LineKind.CAPTION
    return LineKind.TEXT


def _is_crumbs(text: str) -> bool:
    if "«" in text:
        return False
    if _HOME.match(text) and len(_CRUMB.split(text)) > 1:
        return True
    steps = [step for step in re.split(r"\s*[>›]\s*", text) if step]
    return len(steps) > 1 and all(count_words(step) <= 4 for step in steps[:-1])


def _read_dates(text: str, *, gap: bool, zone: tzinfo) -> TextLine | None:
    if len(text) > 240:
        return None
    text = _RIGHTS.sub("", _COUNTED.sub("", _GLUED.sub(" ", text)))
    hour = _UPDATED_AT.search(text)
    text = text[: hour.start()] if hour and TIMESTAMP.search(text) else text
    found = list(TIMESTAMP.finditer(text))
    if not found:
        return TextLine(text="", kind=LineKind.DATE, gap=gap) if _is_undated(text) else None
    edges = [0, *(match.end() for match in found)]
    gaps = [text[edge : match.start()] for edge, match in zip(edges[:-1], found, strict=True)]
    labelled = False
    stamps: dict[str, datetime | None] = {}
    leftovers: list[str] = []
    label = ""
    for between, match in zip(gaps, found, strict=True):
        told, left = _take_label(between)
        label = told or ("published" if not label else "updated")
        stamps.setdefault(label, timestamp_from_match(match, zone=zone))
        leftovers.append(left)
        labelled = labelled or bool(told) or bool(stamps.keys() - {label})
    leftovers.append(_bare(text[edges[-1] :]))
    authors = _signed(leftovers, labelled=labelled or "updated" in stamps)
    if authors is None:
        return None
    return TextLine(
        text="",
        kind=LineKind.DATE,
        gap=gap,
        published=stamps.get("published"),
        updated=stamps.get("updated") or _same_day(stamps.get("published"), hour),
        authors=authors,
    )


def _same_day(published: datetime | None, hour: re.Match[str] | None) -> datetime | None:
    """Return when an article of a known day was updated of which only the hour is told."""
    if published is None or hour is None or int(hour[1]) > 23 or int(hour[2]) > 59:
        return None
    updated = published.replace(hour=int(hour[1]), minute=int(hour[2]))
    return updated if updated > published else None


def _take_label(between: str) -> tuple[str, str]:
    found = _LABEL.search(between)
    if found is None:
        return "", _bare(between)
    label = "updated" if found["updated"] else "published"
    left = f"{_bare(between[: found.start()])} {_bare(between[found.end() :])}"
    return label, _bare(left)


def _signed(leftovers: list[str], *, labelled: bool) -> tuple[str, ...] | None:
    """Return who signs in what is left beside dates; None if the line says more than that."""
    *before, after = leftovers
    authors: list[str] = []
    for rest in before:
        names = parse_byline(rest)
        authors += names
        if rest and not names and not (_DATELINE.fullmatch(rest) and count_words(rest) == 1):
            return None
    names = parse_byline(after) if re.match(r"(?:par|by)\b", after, re.IGNORECASE) else ()
    if names:
        return (*authors, *names)
    return tuple(authors) if _are_tags(after, labelled=labelled) else None


def _are_tags(rest: str, *, labelled: bool) -> bool:
    # "Publié le 08/02/2023 à 2:39 , , , ," has empty tags; others have some.
    if not rest:
        return True
    parts = [part for part in re.split(r"[,;|·•]", rest) if part.strip()]
    return (
        labelled
        and not rest.endswith((".", "!", "?", "»"))
        and all(count_words(part) <= 5 for part in parts)
        and not re.match(r"[a-zà-ÿ]+ [a-zà-ÿ]+ ", rest)
    )


def _is_undated(text: str) -> bool:
    plain = text.replace("’", "'")
    label = _LABEL.match(plain)
    if label is None:
        return _AGO.fullmatch(plain) is not None
    rest = _bare(plain[label.end() :])
    return not rest or bool(_AGO.fullmatch(rest) or YEARLESS_DATE.fullmatch(rest))


def _bare(text: str) -> str:
    while True:
        less = _CONNECTORS.sub("", text).strip()
        if less == text:
            return text
        text = less
