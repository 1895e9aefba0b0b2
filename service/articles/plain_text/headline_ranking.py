"""Pure: rank the lines of a page that was copied whole by how likely each is its headline.

Menus, lists of other headlines, standfirsts and captions surround the headline and resemble it.
Four things count for a line: the text repeats its words, a date or the authors are right below
it, the page repeats it (in breadcrumbs, in the window's title, beside a share button), and the
text is near. The weights were fitted on one half of a set of public pages and checked on the other.
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

# Words of at least four letters that occur in every text, in the languages of our readers.
_STOP_WORDS = frozenset(
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
_STEM_LENGTH = 6
_MIN_WORD_LENGTH = 4
_MAX_TEXT = 4_000
_LONGEST_PART = 300
_MAX_HEAD_LINES = 8
_SHORT_LINE_WORDS = 3

_WORDS, _MARKED, _DATED_ABOVE, _REPEATED, _NEXT, _CLOSE = 4.0, 1.2, 0.3, 0.7, 1.0, 0.6
_FEW_WORDS = 0.8
_TOPICAL = 0.2
_UNDER, _MOST_UNDER = 4.5, 2.5
_LEAST_SCORE = 2.4
_LEAD, _SOME_LEAD, _CLEAR_LEAD = 0.5, 1.0, 1.5
_APART, _NEAR_LIST = 25, 6

# Words of a headline that the text repeats: then it is about that.
_TOPICAL_WORDS = 3
_MAX_LINES_BETWEEN = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadlineCandidate:
    """A line that could be the headline, and the evidence for it.

    `share` is the weighted share of its words that the text repeats, `repeated_words` their number
    out of `words`; `attribution_at` is the index of its dateline or byline. `named` means that the
    page has it in breadcrumbs or beside the site's name, `repeated` that it is named or occurs
    twice. `between` counts the candidates between it and the text, `distance` the lines; `gap`
    says that an empty line precedes it.
    """

    at: int
    text: str
    share: float
    repeated_words: int
    words: int
    attribution_at: int | None
    dated_above: bool
    named: bool
    repeated: bool
    between: int
    distance: int
    gap: bool

    @property
    def is_topical(self) -> bool:
        """Return whether the line is about the subject of the text."""
        return self.share >= _TOPICAL and self.repeated_words > 1


class HeadlineRanking:
    """The lines above a page's text that could be its headline, the likeliest first."""

    def __init__(
        self, lines: Sequence[TextLine], possible: Sequence[int], *, first: int, text: str
    ) -> None:
        """Rank `possible`, the lines shaped like headlines; `text` begins at line `first`."""
        self._lines, self._first = lines, first
        pointed = {fold(line.text) for line in lines if line.kind is LineKind.RELATED}
        self._possible = [
            at
            for at in possible
            if is_content_line(lines[at]) and fold(lines[at].text) not in pointed
        ]
        self._among = frozenset(self._possible)
        self._text_words = Counter(_stems(text[:_MAX_TEXT]))
        self._common, self._parts = _common_words(lines), _parts_of(lines)
        self._occurrences = Counter(fold(line.text) for line in lines[:first])
        self._candidates_below = self._count_candidates_below()
        candidates = [self._candidate(at) for at in self._possible]
        best: dict[str, tuple[float, HeadlineCandidate]] = {}
        for index, candidate in enumerate(candidates):
            key, score = fold(candidate.text), _score(candidate) - _penalty(candidates, index)
            if key not in best or score > best[key][0]:
                best[key] = (score, candidate)
        self._scored = sorted(best.values(), key=lambda scored: -scored[0])

    @property
    def candidates(self) -> tuple[HeadlineCandidate, ...]:
        """All candidates, the likeliest first."""
        return tuple(candidate for _, candidate in self._scored)

    def find_headline(self) -> HeadlineCandidate | None:
        """Return the headline, or None if it is uncertain."""
        if not self._scored or self._scored[0][0] < _LEAST_SCORE:
            return None
        best = self._scored[0][1]
        lead = self._scored[0][0] - (self._scored[1][0] if len(self._scored) > 1 else 0.0)
        is_topical_leader = (
            best.repeated_words >= _TOPICAL_WORDS
            and count_words(best.text) > _SHORT_LINE_WORDS
            and best.share >= _TOPICAL
            and lead >= _LEAD
        )
        sure = is_topical_leader or (
            _is_anchored(best) and lead >= (_SOME_LEAD if best.repeated_words > 1 else _CLEAR_LEAD)
        )
        rivals = (_is_rival(best, other) for _, other in self._scored[1:])
        doubtful = any(rivals) or self._is_listed(best)
        return best if sure and not doubtful else None

    def _is_listed(self, best: HeadlineCandidate) -> bool:
        """Return whether a line may belong to a list of dated headlines above the article's own."""
        if best.named:
            return False
        below = [candidate for candidate in self.candidates if candidate.at > best.at]
        dated = [
            candidate.at
            for candidate in below
            if candidate.attribution_at not in {None, best.attribution_at}
        ]
        list_at = min(dated, default=self._first)
        if any(candidate.repeated_words and candidate.at > list_at for candidate in below):
            return True
        heading = self._lines[max(0, best.at - _SHORT_LINE_WORDS) : best.at]
        if any(line.kind is LineKind.LIST_HEADING for line in heading):
            return any(candidate.repeated_words > 1 for candidate in below)
        above = range(best.at - _NEAR_LIST, best.at)
        listed = any(
            candidate.at in above and candidate.attribution_at in above
            for candidate in self.candidates
        )
        return listed and any(_repeats_more(best, candidate) for candidate in below)

    def _candidate(self, at: int) -> HeadlineCandidate:
        text = self._lines[at].text
        share, repeated_words, words = self._weigh(text)
        return HeadlineCandidate(
            at=at,
            text=text,
            share=share,
            repeated_words=repeated_words,
            words=words,
            attribution_at=self._attribution_below(at),
            dated_above=any(
                is_dateline_or_byline(line) for line in self._lines[max(0, at - 2) : at]
            ),
            named=self._parts[fold(text)] > 0,
            repeated=self._parts[fold(text)] > 0 or self._occurrences[fold(text)] > 1,
            between=self._candidates_below[at],
            distance=self._first - at,
            gap=self._lines[at].gap,
        )

    def _weigh(self, text: str) -> tuple[float, int, int]:
        """Return the weighted share of a line's words that the text repeats, their number, and all.

        Words of many lines of the page count little; a word that the text has once may be chance.
        """
        words = set(_stems(text))
        weights = {word: 1 / (1 + math.log(max(1, self._common[word]))) for word in words}
        repeated_words = [word for word in words if self._text_words[word]]
        weight = sum(
            weights[word] * (1.0 if self._text_words[word] > 1 else 0.7) for word in repeated_words
        )
        return weight / (sum(weights.values()) + 0.7), len(repeated_words), len(words)

    def _attribution_below(self, at: int) -> int | None:
        """Return the index of the dateline or byline below a line; a standfirst may be between."""
        for index in range(at + 1, min(at + 1 + _MAX_HEAD_LINES, len(self._lines))):
            line = self._lines[index]
            if index > self._first + 1:
                return None
            if is_dateline_or_byline(line) or (index - at <= _SHORT_LINE_WORDS and is_byline(line)):
                return index
            longer = count_words(line.text) > count_words(self._lines[at].text)
            if index in self._among and not (index == at + 1 and longer):
                return None
        return None

    def _count_candidates_below(self) -> dict[int, int]:
        """Return how many different candidates are between each one and the text."""
        later: dict[int, int] = {}
        seen: set[str] = set()
        for at in reversed(self._possible):
            later[at] = len(seen)
            seen.add(fold(self._lines[at].text))
        return later


def _stems(text: str) -> list[str]:
    """Return the stems of the words that carry meaning, because endings differ."""
    return [
        fold(word)[:_STEM_LENGTH] for word in re.findall(r"\w+", text) if _carries_meaning(word)
    ]


def _carries_meaning(word: str) -> bool:
    if len(word) < _MIN_WORD_LENGTH:
        return len(word) > 1 and (word.isupper() or word.isdigit())
    return fold(word) not in _STOP_WORDS


def _common_words(lines: Sequence[TextLine]) -> Counter[str]:
    """Count, for each word, the different lines (paragraphs excluded) that contain it."""
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


def _score(candidate: HeadlineCandidate) -> float:
    return (
        _WORDS * candidate.share
        + _MARKED * (candidate.attribution_at is not None)
        + _DATED_ABOVE * candidate.dated_above
        + _REPEATED * candidate.repeated
        + _NEXT / (1 + candidate.between / 3)
        + _CLOSE / (1 + candidate.distance / 10)
        - _FEW_WORDS * (candidate.words < _SHORT_LINE_WORDS)
    )


def _penalty(candidates: Sequence[HeadlineCandidate], index: int) -> float:
    """Return the penalty of a line below a likely headline.

    A standfirst or a caption repeats even more of the text's words than the headline above it.
    """
    candidate = candidates[index]
    above = [
        other.share
        for other in candidates[max(0, index - _MAX_HEAD_LINES) : index]
        if candidate.at - other.at <= _MAX_HEAD_LINES
        and other.words >= _SHORT_LINE_WORDS
        and fold(other.text) != fold(candidate.text)
        and not _has_own_attribution(candidate, other)
    ]
    most = max(above, default=0.0)
    return min(_MOST_UNDER, _UNDER * most) if most >= _TOPICAL else 0.0


def _has_own_attribution(candidate: HeadlineCandidate, above: HeadlineCandidate) -> bool:
    return (
        candidate.attribution_at is not None
        and above.attribution_at is not None
        and above.attribution_at < candidate.at
    )


def _is_anchored(candidate: HeadlineCandidate) -> bool:
    """Return whether a line is right above the text, with its date or authors."""
    return (
        candidate.attribution_at is not None
        and candidate.repeated_words > 0
        and candidate.words > _SHORT_LINE_WORDS
        and candidate.between <= _MAX_LINES_BETWEEN
        and candidate.distance <= _APART - 5
    )


def _is_rival(best: HeadlineCandidate, other: HeadlineCandidate) -> bool:
    """Return whether another line might be the headline as well, whatever the scores are.

    A headline is the first line about the subject of the text, and no line between it and the text
    has a date of its own, as other articles' headlines do.
    """
    below = other.at - best.at
    if best.named:
        return other.named and other.is_topical
    if -_APART <= below < 0 and other.is_topical:
        return True
    if other.repeated and other.repeated_words > 1 and other.share >= best.share:
        return True
    if (
        best.attribution_at is None
        and -_MAX_HEAD_LINES <= below < 0
        and other.attribution_at is not None
    ):
        return True
    # A headline may be a play on words, and only the standfirst below it name the subject.
    if below == -1 and (other.gap or not best.gap):
        return not (other.repeated or is_known_section(other.text))
    return below > 0 and _is_second_head(best, other)


def _repeats_more(best: HeadlineCandidate, below: HeadlineCandidate) -> bool:
    return (
        best.attribution_at is not None
        and below.at > best.attribution_at
        and below.share >= best.share
        and below.repeated_words >= best.repeated_words
    )


def _is_second_head(best: HeadlineCandidate, below: HeadlineCandidate) -> bool:
    """Return whether a line between headline and text may be another article's headline."""
    if best.attribution_at is None:
        return below.is_topical and below.at > best.at + 1
    return below.is_topical and below.attribution_at not in {None, best.attribution_at}
