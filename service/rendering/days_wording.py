"""The days of a recurrence in words: `du lundi au vendredi et le dernier jour de chaque mois`."""

from service.kit.locales import rules_for
from service.newsletters.recurrence import Recurrence, split_month_day
from service.rendering.locale_format import format_weekdays, join_names
from service.rendering.message_wording import load_wording

_ORDINALS = {1: "first", 2: "second", 3: "third", 4: "fourth", -1: "last"}
_FRIDAY = 5


def describe_days(recurrence: Recurrence, locale: str) -> str:
    """Return on which days a recurrence has slots; empty when on none."""
    parts = []
    if recurrence.days:
        parts.append(_weekdays(recurrence, locale))
    parts += [_month_day(each, locale) for each in recurrence.month_days]
    return join_names(parts, locale)


def _weekdays(recurrence: Recurrence, locale: str) -> str:
    days = format_weekdays(recurrence.days, locale)
    if recurrence.fortnight_from is None:
        return days
    return load_wording().translator(locale)("rhythm.month.fortnight", days=days)


def _month_day(text: str, locale: str) -> str:
    t = load_wording().translator(locale)
    number, weekday = split_month_day(text)
    if weekday is not None:
        # Portuguese has feminine names for Monday to Friday.
        kind = "weekday" if weekday <= _FRIDAY else "weekend"
        name = rules_for(locale).write_weekday(weekday)
        return t(f"rhythm.month.{kind}.{_ORDINALS[number]}", weekday=name)
    if number == -1:
        return t("rhythm.month.last_day")
    return t("rhythm.month.first_day") if number == 1 else t("rhythm.month.day", day=str(number))
