"""Pure: normalise spaces, quotes and accents, to store and to compare texts.

Sites, word processors and browsers use different spaces, apostrophes and quotes. Texts are stored
with plain single spaces (`tidy`); comparisons also ignore case, accents and quotes (`fold`).
"""

import re
import unicodedata

_INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u2060\u00ad\u200e\u200f\ufffc"))
# Arabic, the scripts of India and South-East Asia, and emoji are written with joiners; between
# letters of other scripts they are left over from somewhere.
_JOINED = (
    "\u0600-\u08ff\u0900-\u109f\u1780-\u18af\u2190-\u2bff\u3030\u303d\u3297\u3299\ufb50-\ufdff\ufe0f"
    "\ufe70-\ufefc\U0001f000-\U0001faff\U000e0020-\U000e007f"
)
_STRAY = re.compile(f"(?<![{_JOINED}])[\u200c\u200d]|[\u200c\u200d](?![{_JOINED}])")
_REPEATED = re.compile(r"([\u200c\u200d])[\u200c\u200d]++")
_JOINERS = dict.fromkeys(map(ord, "\u200c\u200d"))
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_SAME = str.maketrans(
    dict.fromkeys("’‘‛ʼ`´′", "'")
    | dict.fromkeys("«»“”„‟″‹›", '"')
    | dict.fromkeys("‐‑‒–—―−", "-")
    | {"…": "...", "œ": "oe", "æ": "ae", "Œ": "oe", "Æ": "ae"}
)
_LOOSE = re.compile(r"\s*([\"':;,.!?%()\-])\s*")
QUOTES = '«»“”„‟‹›"'
_OPENERS = "«“„‹\"'‘"
_CLOSERS = "»”‟›“\"'’"
_END = re.compile(r"[.!?…][\"'»”“›’)\]]*$|[\"»”›][.!?…]*$|[:。！？؟۔।]$")
_SENTENCE = re.compile(r"[.!?…]+(?:\s*[»”\"’)\]])*(?=\s+[«“\"(]?\s*[A-ZÀ-ÖØ-ÞŒ0-9]|$)")
_LONGEST_ABBREVIATION = 6
_ABBREVIATION = re.compile(r"(?:^|[\s(])(?:M|MM|Mme|Mlle|Dr|Pr|Me|St|Ste|Mr|Mrs|Ms|[A-Z])\.$")


def tidy(text: str) -> str:
    """Return `text` on one line with single plain spaces, composed, without invisible marks."""
    plain = _CONTROL.sub(" ", text).translate(_INVISIBLE)
    if "\u200c" in plain or "\u200d" in plain:
        plain = _STRAY.sub("", _REPEATED.sub(r"\1", plain))
    composed = unicodedata.normalize("NFC", plain)
    return " ".join(composed.split())


def fold(text: str) -> str:
    """Return the key by which texts are compared: without case, accents and quotes."""
    plain = tidy(text).translate(_JOINERS).translate(_SAME).casefold()
    bare = plain
    if not plain.isascii():
        apart = unicodedata.normalize("NFD", plain)
        bare = "".join(c for c in apart if not unicodedata.combining(c))
    return _LOOSE.sub(r"\1", " ".join(bare.split())).strip("\"' .,;:-")


def is_sentence(text: str) -> bool:
    """Return whether a line ends like a complete sentence."""
    return bool(_END.search(text[-40:].rstrip()))


def count_words(text: str) -> int:
    """Count the words that have a letter or digit in them."""
    words = text.split()
    # Most words begin with one, which is faster to check than all characters.
    return sum(word[0].isalnum() or any(c.isalnum() for c in word) for word in words)


def cut_sentences(text: str, *, limit: int) -> str:
    """Return whole sentences from the start of `text`, at most `limit` characters if it can be."""
    if len(text) <= limit:
        return text
    best = 0
    # Sentences that end after the limit are of no use, and a text may be long.
    for found in _SENTENCE.finditer(text[: limit + 20]):
        if _ABBREVIATION.search(text[max(0, found.end() - _LONGEST_ABBREVIATION) : found.end()]):
            continue
        if found.end() > limit:
            break
        best = found.end()
    if best:
        return text[:best].rstrip()
    words = text[:limit].rsplit(" ", 1)[0].rstrip(" ,;:-–—")
    return f"{words}…"


def unquote(text: str) -> str | None:
    """Return the text between quotes that open at the start and close at the end.

    None when the text is not one single quotation: « Oui », dit-il. « Non » is two.
    """
    core = text.rstrip(" .")
    if len(core) <= 1 or core[0] not in _OPENERS or core[-1] not in _CLOSERS:
        return None
    inner, after = core[1:-1], text[len(core) :].strip()
    if not inner.strip() or _closes_early(core[0], inner):
        return None
    inner = inner.strip()
    return inner if is_sentence(inner) else f"{inner}{after[:1]}"


def opens_quote(text: str) -> bool:
    """Return whether a quotation opens with the text and is still open at its end."""
    if not text or text[0] not in '«“"':
        return False
    rest = text[1:]
    if text[0] == '"':
        return rest.count('"') % 2 == 0
    close = {"«": "»", "“": "”"}[text[0]]
    return rest.count(text[0]) + 1 > rest.count(close)


def _closes_early(opener: str, inner: str) -> bool:
    if opener in "\"'":
        # The first straight quote inside must open a nested quotation, not close this one; an
        # apostrophe inside a word is neither.
        first = re.search(rf"(?<!\w){opener}|{opener}(?!\w)", inner)
        return first is not None and not re.match(rf"{opener}\w", inner[first.start() :])
    closers = {"«": "»", "“": "”", "„": "“”", "‹": "›", "‘": "’"}[opener]
    depth = 1
    for character in inner:
        depth += (character == opener) - (character in closers and opener != "‘")
        if depth == 0:
            return True
    return False
