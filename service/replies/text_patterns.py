"""Pure: the words of a refusal, folded so that one pattern fits every way of writing them.

Case, accents, punctuation, numbers, addresses and host names do not say whose fault it is, and a
host may be called `spam.example.org`. So they are taken away or replaced by a placeholder, and
what is left is a row of words between single spaces, with `|` where a sentence ends.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

ADDRESS = "\ue000"
"""Stands for an e-mail address; `{address}` in a pattern."""

HOST = "\ue001"
"""Stands for a host name, an IP address or a link; `{host}` in a pattern."""

END = "|"
_GAP = 70
"""Characters, at most, that `*` in a pattern stands for."""

_ADDRESS = re.compile(r"[^\s<>@\"'(),;:]{1,90}@[\w.-]{1,120}")
_LINK = re.compile(r"https? ?: ?//\S{1,500}")
_HOST = re.compile(
    r"(?<![\w.-])(?!(?:resolver|storedrv|queue|routing|tenantattribution)\.)"
    r"(?:(?:[a-z0-9_][a-z0-9_-]{0,62}\.){2,9}[a-z][a-z0-9-]{1,23}"
    r"|[a-z0-9_][a-z0-9_-]{1,62}\.(?:com|net|org|info|biz|example|test|[a-z]{2}))(?![\w-])"
)
_IP = re.compile(r"\[?(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])\]?|\[[0-9a-f:.]{6,45}\]")
_DOTS = re.compile(r"\.{2,}")
_NUMBERS = re.compile(r"(?<![\w.])#?[245]\.\d{1,3}\.\d{1,3}(?![\w.])|(?<![\w.])[2-5]\d\d(?![\w.])")
_SENTENCE = re.compile(r"(?<=[^\s.])[.!?;。！？](?=\s|$)")
_ABBREVIATION = re.compile(r"\b(destin|dest|addr|acct|recip|indir)\.(?=\s)")
_NEGATION = re.compile(r"n't\b")
_GENITIVE = re.compile(r"'s\b")
_SEPARATOR = re.compile(rf"(?:[^\w|{ADDRESS}{HOST}]|_)+")
_MARKS = re.compile("[\u0300-\u036f]")
_LETTERS = str.maketrans(
    {"ł": "l", "đ": "d", "ø": "o", "ı": "i", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"}
)
"""Letters that are no letter with a mark, though people write them without what they have more."""
_QUOTES = str.maketrans("\u2019\u02bc\u00b4`", "''''")
_BETWEEN = rf"(?: (?!\{END})\S++){{0,4}}? "
_NO_SPACES = "\u2e80"
"""From here on scripts write without spaces, and a pattern needs no word boundary."""


def fold_text(text: str) -> str:
    """Return the words of a text, each between single spaces."""
    # Sendmail's "<address>... User unknown" would glue the dots to what stands behind them.
    text = _DOTS.sub(" ", _ABBREVIATION.sub(r"\1", text.translate(_QUOTES).lower()))
    text = _ADDRESS.sub(f" {ADDRESS} ", _LINK.sub(f" {HOST} ", text))
    text = _NUMBERS.sub(" ", _IP.sub(f" {HOST} ", _HOST.sub(f" {HOST} ", text)))
    return _spaced(_SENTENCE.sub(f" {END} ", text.replace(END, " ")))


def _spaced(text: str) -> str:
    # Composed again, or a Hangul syllable would be letters of a script with spaces.
    text = unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFKD", text)))
    text = text.translate(_LETTERS)
    text = _GENITIVE.sub("", _NEGATION.sub("nt", text))
    return f" {_SEPARATOR.sub(' ', text).strip()} "


@dataclass(frozen=True, slots=True)
class WordPattern:
    """Some words in a row; ` * ` is a gap within a sentence, `*` at a word's end any ending."""

    pieces: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> "WordPattern":
        """Read a pattern; a blank one, which would fit everything, raises ValueError."""
        pieces = tuple(_piece(piece) for piece in text.split(" * "))
        if not all(piece.strip() for piece in pieces):
            raise ValueError(f"the pattern {text!r} has an empty piece")
        return cls(pieces)

    def fits(self, words: str) -> bool:
        """Return whether folded words have these in this order, in one sentence."""
        first, *rest = self.pieces
        position = words.find(first)
        while position >= 0:
            if not rest or _follow(words, position + len(first), rest):
                return True
            position = words.find(first, position + 1)
        return False


@lru_cache(maxsize=4)
def word_prefixes(folded: str) -> frozenset[str]:
    """Return how the words of a folded text begin: enough to exclude most sentences."""
    return frozenset(word[:2] for word in folded.split())


def word_prefix(text: str) -> str:
    """Return how the words of a pattern begin, to be sought among `heads`."""
    return _piece(text).split()[0][:2]


def parse_patterns(texts: Iterable[str]) -> tuple[WordPattern, ...]:
    """Read several patterns."""
    return tuple(WordPattern.parse(text) for text in texts)


def alternation(texts: Iterable[str]) -> str:
    """Return a regular expression for any of these words, longest first.

    `*` is any ending, and ` * ` up to four words of the same sentence.
    """
    folded = sorted({tuple(_stem(piece) for piece in text.split(" * ")) for text in texts})
    folded.sort(key=lambda pieces: len(" ".join(pieces)), reverse=True)
    return "|".join(_BETWEEN.join(pieces) for pieces in folded)


def _stem(text: str) -> str:
    return re.escape(_piece(text).strip()) + r"\w{0,12}" * text.endswith("*")


def _piece(text: str) -> str:
    stem = text.endswith("*")
    text = text.replace("{address}", ADDRESS).replace("{host}", HOST)
    words = _spaced(text.translate(_QUOTES).lower())
    bare = words.strip()
    if bare and bare[-1] >= _NO_SPACES and bare[-1] not in {ADDRESS, HOST}:
        return bare
    return words.removesuffix(" ") if stem else words


def _follow(words: str, position: int, pieces: list[str]) -> bool:
    for piece in pieces:
        # Two neighbours share the space between them.
        start = position - 1
        found = words.find(piece, start, position + _GAP + len(piece))
        if found < 0 or END in words[start:found]:
            return False
        position = found + len(piece)
    return True
