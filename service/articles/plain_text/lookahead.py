"""Pure: what still follows below each line of a clipping, looked at once from its end.

A call to subscribe ends a page or interrupts it; only what comes below tells which. Asking that
anew for every line would take time that grows with the square of a clipping's length.
"""

from collections.abc import Callable, Sequence

from service.articles.parsing.boilerplate import ends_page, is_call_to_action
from service.articles.parsing.bylines import has_byline_cue, is_publication_like, parse_byline
from service.articles.parsing.typography import count_words, is_sentence
from service.articles.plain_text.lines import LineKind, TextLine

_LONG = 25
_SHORT = 8


class Lookahead:
    """The lines of a clipping, and for each place among them what is still to come."""

    def __init__(self, lines: Sequence[TextLine]) -> None:
        """Look at every line once."""
        self._long = [0] * (len(lines) + 1)
        self._prose = [0] * (len(lines) + 1)
        self._signature = [len(lines)] * (len(lines) + 1)
        self._last_closing = -1
        self.closing = [may_end_page(line) for line in lines]
        for at in range(len(lines) - 1, -1, -1):
            words = _words_of_prose(lines[at])
            self._long[at] = self._long[at + 1] + (words >= _LONG)
            self._prose[at] = self._prose[at + 1] + (words >= _SHORT)
            signs = _is_signature(lines[at])
            self._signature[at] = at if signs else self._signature[at + 1]
            if self.closing[at] and self._last_closing < 0:
                self._last_closing = at

    def has_prose(self, at: int, *, more_than: int) -> bool:
        """Tell whether more than so many paragraphs stand from line `at` on."""
        return self._long[at] > more_than or self._prose[at] > 1 + more_than

    def text_goes_on(self, at: int) -> bool:
        """Tell whether more of the article stands from `at` on: what is above interrupted it."""
        # A signature with more furniture below it: this closing line stood inside the article.
        return self.has_prose(at, more_than=0) or self._signature[at] < self._last_closing


def may_end_page(line: TextLine) -> bool:
    """Tell whether the page may end with a line."""
    if line.kind is LineKind.LISTING:
        return True
    return line.kind in {LineKind.FURNITURE, LineKind.TEXT} and ends_page(line.text)


def any_at_or_below(lines: Sequence[TextLine], test: Callable[[int], bool]) -> list[bool]:
    """Return for each place whether `test` holds there or further below."""
    found = [False] * (len(lines) + 1)
    for at in range(len(lines) - 1, -1, -1):
        found[at] = found[at + 1] or test(at)
    return found


def _words_of_prose(line: TextLine) -> int:
    if line.kind is not LineKind.TEXT or not is_sentence(line.text) or is_call_to_action(line.text):
        return 0
    return count_words(line.text)


def _is_signature(line: TextLine) -> bool:
    if line.kind is not LineKind.TEXT or not parse_byline(line.text):
        return False
    return has_byline_cue(line.text) or not is_publication_like(line.text)
