"""Pure: what follows below each line of a clipping, computed in one pass from its end.

A call to subscribe ends a page or interrupts it; only the lines below show which. Searching them
again for every line would take quadratic time.
"""

from collections.abc import Callable, Sequence

from service.articles.parsing.boilerplate import ends_page, is_call_to_action
from service.articles.parsing.bylines import has_byline_cue, is_publication_like, parse_byline
from service.articles.parsing.typography import count_words, is_sentence
from service.articles.plain_text.lines import LineKind, TextLine

_LONG_PARAGRAPH_WORDS = 25
_PARAGRAPH_WORDS = 8


class Lookahead:
    """For each line of a clipping, what follows below it."""

    def __init__(self, lines: Sequence[TextLine]) -> None:
        """Scan all lines once, from the last to the first."""
        self._long_paragraphs = [0] * (len(lines) + 1)
        self._paragraphs = [0] * (len(lines) + 1)
        self._next_byline = [len(lines)] * (len(lines) + 1)
        self._last_closing = -1
        self.closing = [may_end_page(line) for line in lines]
        for at in range(len(lines) - 1, -1, -1):
            words = _words_of_prose(lines[at])
            self._long_paragraphs[at] = self._long_paragraphs[at + 1] + (
                words >= _LONG_PARAGRAPH_WORDS
            )
            self._paragraphs[at] = self._paragraphs[at + 1] + (words >= _PARAGRAPH_WORDS)
            is_byline = _is_author_byline(lines[at])
            self._next_byline[at] = at if is_byline else self._next_byline[at + 1]
            if self.closing[at] and self._last_closing < 0:
                self._last_closing = at

    def has_prose(self, at: int, *, more_than: int) -> bool:
        """Return whether line `at` and those below hold more than `more_than` paragraphs."""
        return self._long_paragraphs[at] > more_than or self._paragraphs[at] > 1 + more_than

    def text_continues(self, at: int) -> bool:
        """Return whether the article continues at line `at` or below it."""
        # A byline with more boilerplate below it: this closing line was inside the article.
        return self.has_prose(at, more_than=0) or self._next_byline[at] < self._last_closing


def may_end_page(line: TextLine) -> bool:
    """Return whether a page's boilerplate may start with this line."""
    if line.kind is LineKind.LIST_HEADING:
        return True
    return line.kind in {LineKind.BOILERPLATE, LineKind.TEXT} and ends_page(line.text)


def any_at_or_below(lines: Sequence[TextLine], test: Callable[[int], bool]) -> list[bool]:
    """Return for each index whether `test` holds there or at any later one."""
    found = [False] * (len(lines) + 1)
    for at in range(len(lines) - 1, -1, -1):
        found[at] = found[at + 1] or test(at)
    return found


def _words_of_prose(line: TextLine) -> int:
    if line.kind is not LineKind.TEXT or not is_sentence(line.text) or is_call_to_action(line.text):
        return 0
    return count_words(line.text)


def _is_author_byline(line: TextLine) -> bool:
    if line.kind is not LineKind.TEXT or not parse_byline(line.text):
        return False
    return has_byline_cue(line.text) or not is_publication_like(line.text)
