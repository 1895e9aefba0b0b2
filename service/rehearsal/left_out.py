"""Pure: count what is in the window of an edition and not in the edition, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from service.rehearsal.rehearsed import MissingArticles
from service.rehearsal.series_run import SlotResult
from service.rehearsal.shifted_news import move_by_weeks


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedNews:
    """When articles were first seen that no selection considers: too old, or without a section.

    Times before `now` count as they are, and all of them once more `weeks` later.
    """

    too_old: Sequence[datetime]
    no_section: Sequence[datetime]
    weeks: int
    zone: ZoneInfo
    now: datetime

    def between(self, times: Sequence[datetime], start: datetime, end: datetime) -> int:
        """Return how many there are in [start, end), copies included."""
        real = sum(1 for each in times if start <= each < min(end, self.now))
        begin = max(start, self.now)
        moved = (move_by_weeks(each, self.weeks, self.zone) for each in times)
        return real + sum(1 for each in moved if begin <= each < end)


def count_left_out(result: SlotResult, rejected: RejectedNews) -> MissingArticles:
    """Return the counts of one slot; of a skipped edition nothing lacks room."""
    choice = result.choice
    ids = {each.article_id for each in choice.candidates}
    dropped = ids.intersection(choice.dropped)
    rest = ids.difference((each.article_id for each in choice.chosen), choice.waiting, dropped)
    window = result.window_from, result.window_to
    return MissingArticles(
        no_room=len(rest) if result.skipped is None else 0,
        dropped=len(dropped),
        waiting=len(choice.waiting),
        too_old=rejected.between(rejected.too_old, *window),
        no_section=rejected.between(rejected.no_section, *window),
    )
