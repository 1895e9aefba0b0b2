"""Pure: which line of a page that was copied whole is its headline, and how sure that is.

Menus, lists of other headlines, standfirsts and captions stand around it and look like it. Four
things speak for a line: the text says its words again, a date or the authors stand right below
it, the page repeats it (in breadcrumbs, in the window's title, beside a share button), and the
text is near. The weights were found on public pages, on one half of them, and held on the other.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from service.articles.parsing.typography import count_words, fold
from service.articles.plain_text.attribution import (
    is_byline,
    is_content_line,
    is_dateline_or_byline,
)
from service.articles.plain_text.head import is_known_section
from service.articles.plain_text.lines import LineKind, TextLine

# Words of four letters and more that stand in every text, in the languages of our readers.
_EVERYWHERE = frozenset(
    """
    dans pour avec sans sous plus mais leur leurs cette cela elle elles nous vous apres avant entre
    contre depuis deux trois quand comme fait faire sont etre avoir tout tous toute toutes aussi
    dont quel quelle encore selon chez lors meme moins peut notre votre alors ainsi pendant vers
    with from that this have will after over into about their they what when were been more than
    your said says could would should which while there these those some only also just because
    para como mais pelo pela sobre entre depois antes quando esta este essa esse dois tres muito
    onde desde segundo seus suas foram pero cuando donde hasta tras todo toda todos segun
    nach ueber uber unter eine einen einer eines nicht auch wird werden sind haben oder aber beim
    sich durch gegen ohne zwischen
    التي الذي خلال
    """.split()  # noqa: SIM905  A list of words is read and corrected as words.
)
_PART = re.compile(r"\s+(?:[|–—·•»>]|-{1,2}|::)\s+|\s*\|\s*")
_STEM = 6
_MEANING = 4
_TOLD = 4_000
_LONGEST_PART = 300
_HEAD = 8
_SIGNED = 3

_WORDS, _MARKED, _DATED_ABOVE, _REPEATED, _NEXT, _CLOSE = 4.0, 1.2, 0.3, 0.7, 1.0, 0.6
_FEW_WORDS = 0.8
_TOPICAL = 0.2
_UNDER, _MOST_UNDER = 4.5, 2.5
_LEAST_SCORE = 2.4
_LEAD, _SOME_LEAD, _CLEAR_LEAD = 0.5, 1.0, 1.5
_APART, _NEAR_LIST = 25, 6


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadlineCandidate:
    """A line that could be the headline, and what speaks for it.

    `share` is the part of its words that the text says, weighted; `said` is how many words of
    `words` those are; `mark` is the line of its date or authors. It is `named` where the page says
    it in breadcrumbs or beside the site's name, and `repeated` if it is or stands twice;
    `between` counts the guesses between it and the text, and `gap` says that an empty line stands
    above it.
    """

    at: int
    text: str
    share: float
    said: int
    words: int
    mark: int | None
    dated_above: bool
    named: bool
    repeated: bool
    between: int
    distance: int
    gap: bool

    @property
    def is_topical(self) -> bool:
        """Tell whether the line is about what the text is about."""
        return self.share >= _TOPICAL and self.said > 1


class HeadlineRanking:
    """The lines above a page's text that could be its headline, the best guess first."""

    def __init__(
        self, lines: Sequence[TextLine], possible: Sequence[int], *, first: int, told: str
    ) -> None:
        """Rank `possible`, the lines with a headline's shape; `told` begins at line `first`."""
        self._lines, self._first = lines, first
        pointed = {fold(line.text) for line in lines if line.kind is LineKind.RELATED}
        self._possible = [
            at
            for at in possible
            if is_content_line(lines[at]) and fold(lines[at].text) not in pointed
        ]
        self._among = frozenset(self._possible)
        self._said = Counter(_stems(told[:_TOLD]))
        self._common, self._parts = _common_words(lines), _parts_of(lines)
        self._again = Counter(fold(line.text) for line in lines[:first])
        self._later = self._count_later()
        guesses = [self._guess(at) for at in self._possible]
        best: dict[str, tuple[float, HeadlineCandidate]] = {}
        for index, guess in enumerate(guesses):
            key, score = fold(guess.text), _score(guess) - _burden(guesses, index)
            if key not in best or score > best[key][0]:
                best[key] = (score, guess)
        self._scored = sorted(best.values(), key=lambda scored: -scored[0])

    @property
    def guesses(self) -> tuple[HeadlineCandidate, ...]:
        """All guesses, the best first."""
        return tuple(guess for _, guess in self._scored)

    def find(self) -> HeadlineCandidate | None:
        """Return the headline, or None in doubt."""
        if not self._scored or self._scored[0][0] < _LEAST_SCORE:
            return None
        best = self._scored[0][1]
        lead = self._scored[0][0] - (self._scored[1][0] if len(self._scored) > 1 else 0.0)
        tells = (
            best.said > 2
            and count_words(best.text) > _SIGNED
            and best.share >= _TOPICAL
            and lead >= _LEAD
        )
        sure = tells or (
            _is_anchored(best) and lead >= (_SOME_LEAD if best.said > 1 else _CLEAR_LEAD)
        )
        rivals = (_rivals(best, other) for _, other in self._scored[1:])
        doubtful = any(rivals) or self._is_listed(best)
        return best if sure and not doubtful else None

    def _is_listed(self, best: HeadlineCandidate) -> bool:
        """Tell whether a line may be one of a list of dated headlines, above the article's own."""
        if best.named:
            return False
        below = [guess for guess in self.guesses if guess.at > best.at]
        dated = [guess.at for guess in below if guess.mark not in {None, best.mark}]
        list_at = min(dated, default=self._first)
        if any(guess.said and guess.at > list_at for guess in below):
            return True
        heading = self._lines[max(0, best.at - _SIGNED) : best.at]
        if any(line.kind is LineKind.LISTING for line in heading):
            return any(guess.said > 1 for guess in below)
        above = range(best.at - _NEAR_LIST, best.at)
        listed = any(guess.at in above and guess.mark in above for guess in self.guesses)
        return listed and any(_says_more(best, guess) for guess in below)

    def _guess(self, at: int) -> HeadlineCandidate:
        text = self._lines[at].text
        share, said, words = self._weigh(text)
        return HeadlineCandidate(
            at=at,
            text=text,
            share=share,
            said=said,
            words=words,
            mark=self._mark_below(at),
            dated_above=any(
                is_dateline_or_byline(line) for line in self._lines[max(0, at - 2) : at]
            ),
            named=self._parts[fold(text)] > 0,
            repeated=self._parts[fold(text)] > 0 or self._again[fold(text)] > 1,
            between=self._later[at],
            distance=self._first - at,
            gap=self._lines[at].gap,
        )

    def _weigh(self, text: str) -> tuple[float, int, int]:
        """Return which part of a line's words the text says, how many those are, and of how many.

        What many lines of the page say tells little, and what the text says once is half chance.
        """
        words = set(_stems(text))
        weights = {word: 1 / (1 + math.log(max(1, self._common[word]))) for word in words}
        said = [word for word in words if self._said[word]]
        heard = sum(weights[word] * (1.0 if self._said[word] > 1 else 0.7) for word in said)
        return heard / (sum(weights.values()) + 0.7), len(said), len(words)

    def _mark_below(self, at: int) -> int | None:
        """Return the line of the date or the authors below a line; a standfirst may be between."""
        for index in range(at + 1, min(at + 1 + _HEAD, len(self._lines))):
            line = self._lines[index]
            if index > self._first + 1:
                return None
            if is_dateline_or_byline(line) or (index - at <= _SIGNED and is_byline(line)):
                return index
            longer = count_words(line.text) > count_words(self._lines[at].text)
            if index in self._among and not (index == at + 1 and longer):
                return None
        return None

    def _count_later(self) -> dict[int, int]:
        """Return how many different candidates stand between each one and the text."""
        later: dict[int, int] = {}
        seen: set[str] = set()
        for at in reversed(self._possible):
            later[at] = len(seen)
            seen.add(fold(self._lines[at].text))
        return later


def _stems(text: str) -> list[str]:
    """Return the beginnings of the words that mean something: endings differ."""
    return [fold(word)[:_STEM] for word in re.findall(r"\w+", text) if _means(word)]


def _means(word: str) -> bool:
    if len(word) < _MEANING:
        return len(word) > 1 and (word.isupper() or word.isdigit())
    return fold(word) not in _EVERYWHERE


def _common_words(lines: Sequence[TextLine]) -> Counter[str]:
    """Count in how many different lines that are no paragraphs each word stands."""
    texts = {fold(line.text): line.text for line in lines if len(line.text) <= _LONGEST_PART}
    return Counter(stem for text in texts.values() for stem in set(_stems(text)))


def _parts_of(lines: Sequence[TextLine]) -> Counter[str]:
    """Count the parts of lines that join several: "Headline | Site", "Home > Sport > Headline"."""
    found: Counter[str] = Counter()
    for line in lines:
        if len(line.text) <= _LONGEST_PART:
            parts = [fold(part) for part in _PART.split(line.text)]
            found.update(parts if len(parts) > 1 else ())
    return found


def _score(guess: HeadlineCandidate) -> float:
    return (
        _WORDS * guess.share
        + _MARKED * (guess.mark is not None)
        + _DATED_ABOVE * guess.dated_above
        + _REPEATED * guess.repeated
        + _NEXT / (1 + guess.between / 3)
        + _CLOSE / (1 + guess.distance / 10)
        - _FEW_WORDS * (guess.words < _SIGNED)
    )


def _burden(guesses: Sequence[HeadlineCandidate], index: int) -> float:
    """Return what speaks against a line that stands below a likely headline.

    A standfirst and a caption say even more of the text's words than the headline above them.
    """
    guess = guesses[index]
    above = [
        other.share
        for other in guesses[max(0, index - _HEAD) : index]
        if guess.at - other.at <= _HEAD
        and other.words >= _SIGNED
        and fold(other.text) != fold(guess.text)
        and not _has_own_mark(guess, other)
    ]
    most = max(above, default=0.0)
    return min(_MOST_UNDER, _UNDER * most) if most >= _TOPICAL else 0.0


def _has_own_mark(guess: HeadlineCandidate, above: HeadlineCandidate) -> bool:
    return guess.mark is not None and above.mark is not None and above.mark < guess.at


def _is_anchored(guess: HeadlineCandidate) -> bool:
    """Tell whether a line stands with its date or authors right above the text."""
    return (
        guess.mark is not None
        and guess.said > 0
        and guess.words > _SIGNED
        and guess.between < 2
        and guess.distance <= _APART - 5
    )


def _rivals(best: HeadlineCandidate, other: HeadlineCandidate) -> bool:
    """Tell whether a line might as well be the headline, whatever the scores say.

    A headline is the first line that says what the text is about, and nothing between it and the
    text has a date of its own, as other articles' headlines do.
    """
    below = other.at - best.at
    if best.named:
        return other.named and other.is_topical
    if -_APART <= below < 0 and other.is_topical:
        return True
    if other.repeated and other.said > 1 and other.share >= best.share:
        return True
    if best.mark is None and -_HEAD <= below < 0 and other.mark is not None:
        return True
    # A headline may be a play of words, and the standfirst below it say what it is about.
    if below == -1 and (other.gap or not best.gap):
        return not (other.repeated or is_known_section(other.text))
    return below > 0 and _is_second_head(best, other)


def _says_more(best: HeadlineCandidate, below: HeadlineCandidate) -> bool:
    return (
        best.mark is not None
        and below.at > best.mark
        and below.share >= best.share
        and below.said >= best.said
    )


def _is_second_head(best: HeadlineCandidate, below: HeadlineCandidate) -> bool:
    """Tell whether a line between a headline and the text looks like another article's."""
    if best.mark is None:
        return below.is_topical and below.at > best.at + 1
    return below.is_topical and below.mark not in {None, best.mark}
