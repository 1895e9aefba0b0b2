"""Pure: remove what a messenger, an email client or a PDF file adds to a pasted text.

Newsrooms paste from WhatsApp ("*headline*"), from emails ("> " before each line, "Objet : …" above
it) and from PDF files, which hyphenate words at the end of a line.
"""

import re
from collections.abc import Sequence

from service.articles.parsing.typography import count_words, is_sentence

_QUOTED = re.compile(r"[ \t]{0,3}(?:>[ \t]?){1,9}")
_BOLD = re.compile(r"([*_~])(?=\S)([^*_~\n]{3,300})(?<=\S)\1")
_SENDER = re.compile(
    r"\[?\d{1,2}[/.]\d{1,2}[/.]\d{2,4},? (?:à |at )?\d{1,2}:\d{2}(?::\d{2})?(?: ?[AaPp]\.?[Mm]\.?)?"
    r"(?:\]| -) [^:\n]{2,60}: (?=\S)"
)
_HEADER = re.compile(
    r"(?P<name>de|from|envoyé|sent|date|à|to|cc|cci|bcc|répondre à|reply-to|objet|subject)"
    r"\s?: ?(?P<value>.*)",
    re.IGNORECASE,
)
_FORWARDED = re.compile(
    r"-{3,}.{0,40}(?:message|forwarded|transféré|original).{0,40}-{0,20}", re.IGNORECASE
)
_PREFIX = re.compile(r"(?:(?:re|tr|fwd?|rép)\s?:\s*)+", re.IGNORECASE)
_HYPHEN_AT_END = re.compile(r"[^\W\d_]{2}-$")
# "dit-\nil" and "celui-\nci" have a hyphen of their own.
_OWN_HYPHEN = re.compile(r"(?:il|elle|ils|elles|on|je|tu|nous|vous|ci|là|t|ce|être|mêmes?)\b")
_MIN_QUOTED_SHARE = 0.8
_MIN_QUOTED_LINES = 3
_MIN_PROSE_WORDS = 8


def clean_paste(text: str) -> str:
    """Return a pasted text without the markup of the medium it comes from."""
    lines = _without_quotes(text.splitlines())
    lines = _without_headers(lines)
    lines = [_without_markup(line) for line in lines]
    return "\n".join(_join_hyphenated(lines))


def _without_quotes(lines: list[str]) -> list[str]:
    nonblank = [line for line in lines if line.strip()]
    quoted = sum(1 for line in nonblank if _QUOTED.match(line))
    if quoted < _MIN_QUOTED_LINES or quoted < len(nonblank) * _MIN_QUOTED_SHARE:
        return lines
    return [_QUOTED.sub("", line, count=1) for line in lines]


def _without_headers(lines: list[str]) -> list[str]:
    """Remove an email's headers; its subject is kept if no headline follows."""
    found: dict[str, str] = {}
    above = 0
    for line in lines:
        header = _HEADER.fullmatch(line.strip())
        if header:
            found[header["name"].casefold()] = header["value"].strip()
        elif line.strip() and not _FORWARDED.fullmatch(line.strip()):
            break
        above += 1
    subject = found.get("objet") or found.get("subject")
    if len(found) <= 1 or not (subject or {"de", "from"} & found.keys()):
        return lines
    below = lines[above:]
    if subject and below and _is_prose(below[0]):
        return [_PREFIX.sub("", subject, count=1), "", *below]
    return below


def _is_prose(line: str) -> bool:
    return is_sentence(line) and count_words(line) >= _MIN_PROSE_WORDS


def _without_markup(line: str) -> str:
    # The sender of a message need not be the author of the article, so the name is dropped.
    bare = _SENDER.sub("", line.strip(), count=1) if _SENDER.match(line.strip()) else line
    whole = _BOLD.fullmatch(bare.strip())
    return whole[2] if whole else bare


def _join_hyphenated(lines: Sequence[str]) -> list[str]:
    """Join words that were hyphenated at the end of a line; line breaks are kept."""
    joined: list[str] = []
    for line in lines:
        if not (joined and _is_hyphenated(joined[-1], line)):
            joined.append(line)
            continue
        first, _, rest = line.lstrip().partition(" ")
        upper = joined[-1].rstrip()
        joined[-1] = (upper if _OWN_HYPHEN.match(first) else upper[:-1]) + first
        joined += [rest] if rest.strip() else []
    return joined


def _is_hyphenated(upper: str, lower: str) -> bool:
    lower = lower.lstrip()
    return lower[:1].islower() and _HYPHEN_AT_END.search(upper.rstrip()[-4:]) is not None
