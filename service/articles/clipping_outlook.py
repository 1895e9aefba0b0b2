"""Pure: what still follows below each line of a clipping, looked at once from its end.

A call to subscribe ends a page or interrupts it; only what comes below tells which. Asking that
anew for every line would take time that grows with the square of a clipping's length.
"""

from collections.abc import Callable, Sequence

from service.articles.bylines import has_cue, is_press_like, read_byline
from service.articles.clipping_lines import Kind, Line
from service.articles.furniture import closes_page, is_call
from service.articles.typography import count_words, is_sentence

_LONG = 25
_SHORT = 8


class Outlook:
    """The lines of a clipping, and for each place among them what is still to come."""

    def __init__(self, lines: Sequence[Line]) -> None:
        """Look at every line once."""
        self._long = [0] * (len(lines) + 1)
        self._prose = [0] * (len(lines) + 1)
        self._signature = [len(lines)] * (len(lines) + 1)
        self._last_closing = -1
        self.closing = [closes(line) for line in lines]
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


def closes(line: Line) -> bool:
    """Tell whether the page may end with a line."""
    if line.kind is Kind.LISTING:
        return True
    return line.kind in {Kind.FURNITURE, Kind.TEXT} and closes_page(line.text)


def any_from(lines: Sequence[Line], test: Callable[[int], bool]) -> list[bool]:
    """Return for each place whether `test` holds there or further below."""
    found = [False] * (len(lines) + 1)
    for at in range(len(lines) - 1, -1, -1):
        found[at] = found[at + 1] or test(at)
    return found


def _words_of_prose(line: Line) -> int:
    if line.kind is not Kind.TEXT or not is_sentence(line.text) or is_call(line.text):
        return 0
    return count_words(line.text)


def _is_signature(line: Line) -> bool:
    if line.kind is not Kind.TEXT or not read_byline(line.text):
        return False
    return has_cue(line.text) or not is_press_like(line.text)
