"""Pure: split a clipping into lines and classify each one.

This is the first of three steps. Here every line is classified alone; `head` and `tail` use its
position; `clipping` assembles the article.
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

MIN_CONTINUED_LINE = 40
"""Characters of a line that a lower-case line may continue."""

MAX_CONTINUATION = 100
"""Characters of a line that continues a headline."""

# Words of one step of breadcrumbs.
_MAX_STEP_WORDS = 4
# Characters.
_MAX_DATE_LINE = 240
_LAST_HOUR = 23
_LAST_MINUTE = 59
_MAX_NAME_WORDS = 5


class LineKind(Enum):
    """What a line is, judged by the line alone."""

    TEXT = auto()
    DATE = auto()
    RELATED = auto()
    BREADCRUMBS = auto()
    BOILERPLATE = auto()
    CAPTION = auto()
    LIST_HEADING = auto()
    ADVERT = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLine:
    """One line of a clipping: its text (for RELATED, the headline only) and what it states."""

    text: str
    kind: LineKind = LineKind.TEXT
    # True if an empty line precedes it.
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
# "08/02/2023 - 14:39Modifié le …": two elements of the page with no space between them.
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
_BREADCRUMB_SEPARATOR = re.compile(r"\s*(?:>+|›|»|→|\s/\s|\s\|\s)\s*")
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
    """Split a text into classified lines; empty lines become `gap`.

    `zone` is the time zone of dates that name none.
    """
    lines: list[TextLine] = []
    gap = False
    for raw in _BREAK.split(text):
        # Plain keyboards write « as << and " as two apostrophes.
        whole = _DOUBLE_ANGLES.sub(r"« \1 »", tidy(raw)).replace("''", '"')
        if not whole:
            gap = True
            continue
        for part in split_at_related_links(whole):
            lines.append(_classify(part, gap=gap, zone=zone))
            gap = False
    return lines


def breadcrumbs_of(line: TextLine) -> list[str]:
    """Return the steps of a breadcrumb line, without the home page."""
    steps = [step for step in _BREADCRUMB_SEPARATOR.split(_HOME.sub("", line.text)) if step]
    return [step for step in steps if count_words(step)]


def _classify(text: str, *, gap: bool, zone: tzinfo) -> TextLine:
    headline = related_headline(text)
    if headline is not None:
        return TextLine(text=headline, kind=LineKind.RELATED, gap=gap)
    dated = _parse_date_line(text, gap=gap, zone=zone)
    if dated is not None:
        return dated
    if _is_breadcrumbs(text):
        return TextLine(text=text, kind=LineKind.BREADCRUMBS, gap=gap)
    return TextLine(text=text, kind=_kind_of(text), gap=gap)


def _kind_of(text: str) -> LineKind:
    if is_list_heading(text):
        return LineKind.LIST_HEADING
    if is_advert_label(text):
        return LineKind.ADVERT
    if is_boilerplate(text):
        return LineKind.BOILERPLATE
    if is_photo_credit(text) or (is_caption(text) and not parse_byline(text)):
        return LineKind.CAPTION
    return LineKind.TEXT


def _is_breadcrumbs(text: str) -> bool:
    if "«" in text:
        return False
    if _HOME.match(text) and len(_BREADCRUMB_SEPARATOR.split(text)) > 1:
        return True
    steps = [step for step in re.split(r"\s*[>›]\s*", text) if step]
    return len(steps) > 1 and all(count_words(step) <= _MAX_STEP_WORDS for step in steps[:-1])


def _parse_date_line(text: str, *, gap: bool, zone: tzinfo) -> TextLine | None:
    if len(text) > _MAX_DATE_LINE:
        return None
    text = _RIGHTS.sub("", _COUNTED.sub("", _GLUED.sub(" ", text)))
    updated_time = _UPDATED_AT.search(text)
    text = text[: updated_time.start()] if updated_time and TIMESTAMP.search(text) else text
    found = list(TIMESTAMP.finditer(text))
    if not found:
        return TextLine(text="", kind=LineKind.DATE, gap=gap) if _is_undated(text) else None
    edges = [0, *(match.end() for match in found)]
    gaps = [text[edge : match.start()] for edge, match in zip(edges[:-1], found, strict=True)]
    labelled = False
    times: dict[str, datetime | None] = {}
    remainders: list[str] = []
    label = ""
    for between, match in zip(gaps, found, strict=True):
        label_here, remainder = _split_label(between)
        label = label_here or ("published" if not label else "updated")
        times.setdefault(label, timestamp_from_match(match, zone=zone))
        remainders.append(remainder)
        labelled = labelled or bool(label_here) or bool(times.keys() - {label})
    remainders.append(_strip_connectors(text[edges[-1] :]))
    authors = _authors_beside_dates(remainders, labelled=labelled or "updated" in times)
    if authors is None:
        return None
    return TextLine(
        text="",
        kind=LineKind.DATE,
        gap=gap,
        published=times.get("published"),
        updated=times.get("updated") or _same_day(times.get("published"), updated_time),
        authors=authors,
    )


def _same_day(published: datetime | None, updated_time: re.Match[str] | None) -> datetime | None:
    """Return when an article was updated if only a clock time is stated: that day."""
    if (
        published is None
        or updated_time is None
        or int(updated_time[1]) > _LAST_HOUR
        or int(updated_time[2]) > _LAST_MINUTE
    ):
        return None
    updated = published.replace(hour=int(updated_time[1]), minute=int(updated_time[2]))
    return updated if updated > published else None


def _split_label(between: str) -> tuple[str, str]:
    found = _LABEL.search(between)
    if found is None:
        return "", _strip_connectors(between)
    label = "updated" if found["updated"] else "published"
    remainder = (
        f"{_strip_connectors(between[: found.start()])} {_strip_connectors(between[found.end() :])}"
    )
    return label, _strip_connectors(remainder)


def _authors_beside_dates(remainders: list[str], *, labelled: bool) -> tuple[str, ...] | None:
    """Return the authors named beside dates; None if the line contains anything else."""
    *before, after = remainders
    authors: list[str] = []
    for remaining in before:
        names = parse_byline(remaining)
        authors += names
        if (
            remaining
            and not names
            and not (_DATELINE.fullmatch(remaining) and count_words(remaining) == 1)
        ):
            return None
    names = parse_byline(after) if re.match(r"(?:par|by)\b", after, re.IGNORECASE) else ()
    if names:
        return (*authors, *names)
    return tuple(authors) if _are_tags(after, labelled=labelled) else None


def _are_tags(remaining: str, *, labelled: bool) -> bool:
    # "Publié le 08/02/2023 à 2:39 , , , ," has empty tags; others have some.
    if not remaining:
        return True
    parts = [part for part in re.split(r"[,;|·•]", remaining) if part.strip()]
    return (
        labelled
        and not remaining.endswith((".", "!", "?", "»"))
        and all(count_words(part) <= _MAX_NAME_WORDS for part in parts)
        and not re.match(r"[a-zà-ÿ]+ [a-zà-ÿ]+ ", remaining)
    )


def _is_undated(text: str) -> bool:
    plain = text.replace("’", "'")
    label = _LABEL.match(plain)
    if label is None:
        return _AGO.fullmatch(plain) is not None
    remaining = _strip_connectors(plain[label.end() :])
    return not remaining or bool(_AGO.fullmatch(remaining) or YEARLESS_DATE.fullmatch(remaining))


def _strip_connectors(text: str) -> str:
    while True:
        less = _CONNECTORS.sub("", text).strip()
        if less == text:
            return text
        text = less
