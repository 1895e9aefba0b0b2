"""Pure: a copied page becomes lines, each with what it is for.

This is the first of three steps: here every line is judged alone; `clipping_head` and
`clipping_tail` judge by position; `clipping` puts the story together.
"""

import re
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import Enum, auto

from service.articles.bylines import read_byline
from service.articles.furniture import (
    is_advert,
    is_caption,
    is_credit,
    is_furniture,
    is_listing,
)
from service.articles.moments import MOMENT, YEARLESS, moment_of
from service.articles.typography import count_words, tidy


class Kind(Enum):
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
class Line:
    """One line: its text (of a related line: the headline), and what was read from it."""

    text: str
    kind: Kind = Kind.TEXT
    # An empty line stands above it.
    gap: bool = False
    published: datetime | None = None
    updated: datetime | None = None
    authors: tuple[str, ...] = ()


_BREAK = re.compile("\r\n|[\r\n\v\f\x85\u2028\u2029]")
_UPPER_MARK = r"(?:[ÀA]\s+)?LIRE\s+(?:AUSSI|[ÉE]GALEMENT)|READ\s+ALSO|ALSO\s+READ"
_INLINE = re.compile(
    rf"(?<=\S)(?<!\b[ÀA])\s+(?=(?:{_UPPER_MARK})\b)"
    r"|(?<=[.!?»”…\"])\s+(?=(?:[ÀAàa]\s+)?[Ll]ire\s+(?:aussi|également)\s?[:–—-]"
    r"|(?:Read also|Also read)\s?:)"
)
_BRACKETED = re.compile(
    r"\s*[\[(]\s*((?:(?:à|a)\s+)?(?:lire|voir)\s+(?:aussi|également)[^\])(\[]{6,250})[\])]",
    re.IGNORECASE,
)
_RELATED = re.compile(
    r"^[\W_]*(?:"
    r"(?:(?:à|a)\s*)?(?:\(?re\)?)?(?:lire|voir|lisez|regarder|écouter|ecouter|découvrir)\s+"
    r"(?:aussi|[ée]galement|encore)\b(?!,)(?:\s+(?:(?:sur|dans)\s+|(?:notre|cet|cette)\s|l')[^:]{1,40}(?=\s?:))?"
    r"(?:\s\([^()]{1,30}\)(?=\s?:))?"
    r"|lire\s+(?:notre|l'|nos)\s?[^:]{1,40}(?=\s?:)|lire(?:\s+plus)?(?=\s?[:→>|])"
    r"|articles?\s+(?:liés?|connexes?|similaires?|associés?)(?=\s?:)"
    r"|(?:à|a)\s+(?:\(?re\)?)?lire(?:\s+absolument)?(?=\s*[:–—\-→>|\]]|\s*$)"
    r"|(?:relire|retrouvez\s+aussi|pour\s+aller\s+plus\s+loin|notre\s+article|dossier)(?=\s?[:→>|])"
    r"|(?:read|see|watch)\s+also\b|also\s+read\b"
    r"|(?:leia|veja|lea|lee)\s+(?:também|tambien|también|mais)(?=\s*[:–—→>|]|\s*$)"
    r"|(?:lesen\s+sie\s+auch|mehr\s+zum\s+thema|اقرأ\s+أيضا?ً?ا?)(?=\s*[:–—→>|]|\s*$)"
    r"|(?:read\s+(?:more|next)|related(?:\s+(?:story|article|news))?|recommended|sur\s+le\s+même\s+sujet"
    r"|must\s+read|à\s+ne\s+pas\s+manquer|notre\s+dossier|en\s+lien)(?=\s*[:–—→>|]|\s+-\s)"
    r"|(?:read\s+more|read\s+next)(?=\s*$)"
    r")[\s:\-–—|>»→►▶➤•.\])*/#=~]*(?P<headline>.*)$",
    re.IGNORECASE,
)
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


def read_lines(text: str, *, zone: tzinfo) -> list[Line]:
    """Split a text into its lines and say what each one is for; empty lines become gaps."""
    lines: list[Line] = []
    gap = False
    for raw in _BREAK.split(text):
        # Plain keyboards write « as << and " as two apostrophes.
        whole = _DOUBLE_ANGLES.sub(r"« \1 »", tidy(raw)).replace("''", '"')
        if not whole:
            gap = True
            continue
        for part in part_pointers(whole):
            lines.append(_judge(part, gap=gap, zone=zone))
            gap = False
    return lines


def crumbs_of(line: Line) -> list[str]:
    """Return the steps of a breadcrumb line, without the home page."""
    steps = [step for step in _CRUMB.split(_HOME.sub("", line.text)) if step]
    return [step for step in steps if count_words(step)]


def related_headline(text: str) -> str | None:
    """Return the headline that a paragraph points to ("" if it only announces one), or None."""
    found = _RELATED.match(text.replace("’", "'"))
    # The replacement is one character for one, so positions hold in the original.
    if found is None:
        return None
    headline = text[found.start("headline") :].strip(" *_")
    for opener, closer in ("()", "[]"):
        # The whole pointer stood in brackets, and the opening one was before its mark.
        if headline.endswith(closer) and headline.count(closer) > headline.count(opener):
            headline = headline[:-1].rstrip()
    return headline


def part_pointers(line: str) -> list[str]:
    """Split a paragraph from the pointers to other articles that stand inside it."""
    pointers = [found[1] for found in _BRACKETED.finditer(line)]
    rest = _BRACKETED.sub("", line).strip()
    return [part for part in [*_INLINE.split(rest), *pointers] if part.strip()]


def _judge(text: str, *, gap: bool, zone: tzinfo) -> Line:
    headline = related_headline(text)
    if headline is not None:
        return Line(text=headline, kind=Kind.RELATED, gap=gap)
    dated = _read_dates(text, gap=gap, zone=zone)
    if dated is not None:
        return dated
    if _is_crumbs(text):
        return Line(text=text, kind=Kind.CRUMBS, gap=gap)
    return Line(text=text, kind=_kind_of(text), gap=gap)


def _kind_of(text: str) -> Kind:
    if is_listing(text):
        return Kind.LISTING
    if is_advert(text):
        return Kind.ADVERT
    if is_furniture(text):
        return Kind.FURNITURE
    if is_credit(text) or (is_caption(text) and not read_byline(text)):
        return Kind.CAPTION
    return Kind.TEXT


def _is_crumbs(text: str) -> bool:
    if "«" in text:
        return False
    if _HOME.match(text) and len(_CRUMB.split(text)) > 1:
        return True
    steps = [step for step in re.split(r"\s*[>›]\s*", text) if step]
    return len(steps) > 1 and all(count_words(step) <= 4 for step in steps[:-1])


def _read_dates(text: str, *, gap: bool, zone: tzinfo) -> Line | None:
    if len(text) > 240:
        return None
    text = _RIGHTS.sub("", _COUNTED.sub("", _GLUED.sub(" ", text)))
    hour = _UPDATED_AT.search(text)
    text = text[: hour.start()] if hour and MOMENT.search(text) else text
    found = list(MOMENT.finditer(text))
    if not found:
        return Line(text="", kind=Kind.DATE, gap=gap) if _is_undated(text) else None
    edges = [0, *(match.end() for match in found)]
    gaps = [text[edge : match.start()] for edge, match in zip(edges[:-1], found, strict=True)]
    labelled = False
    stamps: dict[str, datetime | None] = {}
    leftovers: list[str] = []
    label = ""
    for between, match in zip(gaps, found, strict=True):
        told, left = _take_label(between)
        label = told or ("published" if not label else "updated")
        stamps.setdefault(label, moment_of(match, zone=zone))
        leftovers.append(left)
        labelled = labelled or bool(told) or bool(stamps.keys() - {label})
    leftovers.append(_bare(text[edges[-1] :]))
    authors = _signed(leftovers, labelled=labelled or "updated" in stamps)
    if authors is None:
        return None
    return Line(
        text="",
        kind=Kind.DATE,
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
        names = read_byline(rest)
        authors += names
        if rest and not names and not (_DATELINE.fullmatch(rest) and count_words(rest) == 1):
            return None
    names = read_byline(after) if re.match(r"(?:par|by)\b", after, re.IGNORECASE) else ()
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
    return not rest or bool(_AGO.fullmatch(rest) or YEARLESS.fullmatch(rest))


def _bare(text: str) -> str:
    while True:
        less = _CONNECTORS.sub("", text).strip()
        if less == text:
            return text
        text = less
