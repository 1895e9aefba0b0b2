"""Pure: detect French or English by their most frequent words."""

import re

_FRENCH = frozenset(
    """
    le la les des du un une et est dans pour que qui sur au aux en pas plus par avec son ses ce
    cette ont été sont ne se il elle mais où selon après d l qu n s
    """.split()  # noqa: SIM905  A list of words is read and corrected as words.
)
_ENGLISH = frozenset(
    """
    the of and to in is was for on that with by as it from are has have be this its his her they
    but not at an will said after which
    """.split()  # noqa: SIM905  A list of words is read and corrected as words.
)
_WORD = re.compile(r"[^\W\d_]+")

_MIN_COMMON_WORDS = 3


def guess_language(text: str) -> str | None:
    """Return "fr" or "en", or None if the text is too short or in neither."""
    words = [word.casefold() for word in _WORD.findall(text[:20_000])]
    french = sum(1 for word in words if word in _FRENCH)
    english = sum(1 for word in words if word in _ENGLISH)
    if max(french, english) < _MIN_COMMON_WORDS or max(french, english) < 1.5 * min(
        french, english
    ):
        return None
    return "fr" if french > english else "en"
