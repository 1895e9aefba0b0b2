"""Dates and times as sites print them."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from service.articles.parsing.timestamps import (
    drop_implausible,
    find_timestamp,
    in_zone,
    parse_timestamp,
)

NOON = datetime(2023, 2, 8, 12, tzinfo=UTC)
LAGOS = ZoneInfo("Africa/Lagos")


@pytest.mark.parametrize(
    "text",
    [
        "Wed, 08 Feb 2023 12:00:00 GMT",
        "2023-02-08T13:00:00+01:00",
        "8 février 2023 à 12h00",
        "February 8, 2023 at 12:00 pm",
        "08/02/2023 12:00",
        "2023-02-08 13:00 WAT",
        "2023-02-08 13:00 (GMT+1)",
        "2023-02-08 13:00 Africa/Lagos",
        "Wed Feb 08 12:00:00 UTC 2023",
        "1675857600",
        "1675857600000",
        "20230208T120000Z",
        "٨ فبراير 2023",
    ],
)
def test_a_date_of_a_feed_is_parsed(text: str) -> None:
    parsed = parse_timestamp(text, zone=UTC)

    assert parsed is not None
    assert parsed == NOON or parsed == NOON.replace(hour=0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hier",
        "0001-01-01T00:00:00Z",
        "1970-01-01",
        "31/02/2023",
        "20230231T120000Z",
        "2023-02-31T12:00:00Z",
        "9999-12-31",
    ],
)
def test_placeholders_and_impossible_days_are_none(text: str) -> None:
    assert parse_timestamp(text, zone=UTC) is None


def test_a_date_without_an_offset_is_in_the_zone() -> None:
    assert parse_timestamp("2023-02-08T13:00:00", zone=LAGOS) == NOON
    assert in_zone(NOON.replace(tzinfo=None), zone=LAGOS) == NOON - timedelta(hours=1)


def test_a_bare_date_is_its_midnight() -> None:
    assert find_timestamp("Publié le 08/02/2023 par Awa", zone=UTC) == NOON.replace(hour=0)
    assert find_timestamp("Publié hier", zone=UTC) is None


def test_an_american_date_is_recognised_where_it_is_certain() -> None:
    assert find_timestamp("02/28/2023", zone=UTC) == datetime(2023, 2, 28, tzinfo=UTC)


def test_implausible_times_are_dropped() -> None:
    far_west = timezone(timedelta(hours=-11))

    assert drop_implausible(datetime(1500, 1, 1, tzinfo=UTC)) is None
    assert drop_implausible(datetime(1969, 12, 31, 13, tzinfo=far_west)) is None
    assert drop_implausible(NOON) == NOON


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("20230208120000", NOON),
        ("20230208", NOON.replace(hour=0)),
        ("2023-02-08T12:00:00,5 Z", NOON.replace(microsecond=500_000)),
        ("2023-02-08T12:00:00.1234567 +00:00", NOON.replace(microsecond=123_456)),
        ("2023/2/8 12:00", NOON),
        ("8 Feb 2023 12:00 PM", NOON),
        ("8 Feb 2023 12:00 AM", NOON.replace(hour=0)),
        ("8 février 2023 à 24h00", datetime(2023, 2, 9, tzinfo=UTC)),
        ("8 février 2023 à 13h00 +01:00", NOON),
        ("2023-02-08 12:00 Nowhere/Land", NOON),
        ("Wed Feb 08 2023 13:00:00 GMT+0100 (heure normale)", NOON),
        ("08/02/23", NOON.replace(hour=0)),
        ("2023-02-08T25:00:00Z", NOON.replace(hour=0)),
        ("8 Feb 2023 13:00 +0100 (CET)", NOON),
    ],
)
def test_a_date_of_a_program_is_parsed(text: str, at: datetime) -> None:
    assert parse_timestamp(text, zone=UTC) == at
