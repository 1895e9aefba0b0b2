"""Pure: remove from paragraphs what sites add for their own purposes.

These are links to other articles ("À lire aussi : …"), and the line by which blogs show
aggregators the origin of a feed's item.
"""

import re
from collections.abc import Iterable, Sequence

from service.articles.parsing.typography import fold

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
_SYNDICATED = re.compile(
    r"\s*(?:(?:cet |l['’])article .{1,300}? (?:est apparu|a été publié) en premier (?:sur|dans)"
    r" .{1,100}|the post .{1,300}? (?:appeared first|first appeared) on .{1,100})$",
    re.IGNORECASE,
)
# "Read more", from a link at the end of a summary.
_MORE = re.compile(
    r"(?:(?<=[.!?…»”\])])|(?<=\.\.\.)|^)\s*(?:[«\[(>→]\s*)?(?:continuer la lecture(?: de .{1,300})?"
    r"|lire (?:la suite|plus|davantage|l['’]article(?: complet| entier)?|l['’]intégralité)"
    r"(?: (?:de|sur|dans) .{1,100})?|en savoir plus"
    r"|leia (?:mais|a íntegra)|ler mais|saiba mais|leer más|seguir leyendo|suite\s*(?:»|→|>>)"
    r"|(?:continue reading|read (?:more|on|the (?:full|rest of the|whole) (?:article|story|entry)))"
    r"(?: (?:of |on |at )?.{1,100})?)\s*(?:…|\.{3}|[.»→>\])]|&raquo;){0,3}$",
    re.IGNORECASE,
)
_LONGEST_TAIL = 450
_CUT_SHORT = re.compile(r"\s*(?:\[(?:…|\.{3})\]|\((?:…|\.{3})\))$")


def related_headline(text: str) -> str | None:
    """Return the headline that a paragraph links to ("" if it only announces one), or None."""
    found = _RELATED.match(text.replace("’", "'"))
    # The replacement is one character for one, so positions hold in the original.
    if found is None:
        return None
    headline = text[found.start("headline") :].strip(" *_")
    for opener, closer in ("()", "[]"):
        # The whole link was in brackets, and the opening one was before its label.
        if headline.endswith(closer) and headline.count(closer) > headline.count(opener):
            headline = headline[:-1].rstrip()
    return headline


def split_at_related_links(line: str) -> list[str]:
    """Split a paragraph from the links to other articles inside it."""
    pointers = [found[1] for found in _BRACKETED.finditer(line)]
    rest = _BRACKETED.sub("", line).strip()
    return [part for part in [*_INLINE.split(rest), *pointers] if part.strip()]


def extract_related_links(
    paragraphs: Sequence[str], *, known: Iterable[str] = ()
) -> tuple[list[str], list[str]]:
    """Return the article's own paragraphs, and the headlines it links to, each once.

    `known` are headlines that are already known as links.
    """
    related = {fold(headline): headline for headline in known if headline}
    kept: list[str] = []
    for part in (part for paragraph in paragraphs for part in split_at_related_links(paragraph)):
        headline = related_headline(part)
        if headline:
            related.setdefault(fold(headline), headline)
        elif headline is None and fold(part) not in related:
            kept.append(part)
    return kept, list(related.values())


def strip_feed_footer(text: str) -> str:
    """Remove "The post … appeared first on …", "read more", and the mark of a truncated text."""
    text = _end_cut(_SYNDICATED, text)
    text = _end_cut(_MORE, text) or text
    found = _CUT_SHORT.search(text)
    if found is None:
        return text
    whole = text[: found.start()]
    return whole if whole.endswith((".", "!", "?", "…")) else f"{whole}…"


def _end_cut(pattern: re.Pattern[str], text: str) -> str:
    """Cut the pattern's match off the end; only the end is searched, so it is one pass."""
    at = max(0, len(text) - _LONGEST_TAIL)
    found = pattern.search(text, at)
    return text if found is None else text[: found.start()].rstrip()
