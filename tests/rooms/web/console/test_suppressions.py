"""Which suppressions are selected, and which selection may be lifted together."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from service.audience import suppress
from service.web.console.suppressions import SuppressionForm, parse_local_time

LAGOS = ZoneInfo("Africa/Lagos")
SIX = datetime(2023, 2, 8, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2023-02-08T07:00", SIX),
        ("2023-02-08T06:00+00:00", SIX),
        ("2023-02-08", datetime(2023, 2, 7, 23, 0, tzinfo=UTC)),
        ("0001-01-01", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_a_time_without_an_offset_is_local(text: str, instant: datetime | None) -> None:
    assert parse_local_time(text, LAGOS) == instant


def test_a_selection_is_of_bounces_unless_a_reason_is_known() -> None:
    complaint = SuppressionForm(reason="complaint").to_filter(LAGOS)
    unknown = SuppressionForm(reason="x", provider=" Orange ").to_filter(LAGOS)

    assert complaint.reasons == {"complaint"}
    assert (unknown.reasons, unknown.provider) == (suppress.BOUNCES, "orange")


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        (SuppressionForm(), "console.suppressions.too_wide"),
        (SuppressionForm(reason="complaint"), "console.suppressions.too_wide"),
        (SuppressionForm(since="last night"), "console.suppressions.no_time"),
        (SuppressionForm(since="2023-02-08", until="soon"), "console.suppressions.no_time"),
        (SuppressionForm(since="2023-02-08"), None),
        (SuppressionForm(until="2023-02-08"), None),
        (SuppressionForm(provider="orange"), None),
    ],
)
def test_only_a_narrow_selection_whose_times_are_understood_may_be_lifted(
    form: SuppressionForm, problem: str | None
) -> None:
    assert form.problem(LAGOS) == problem
