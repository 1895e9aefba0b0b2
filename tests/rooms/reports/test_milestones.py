from datetime import UTC, datetime

from service.reports.milestones import edition_milestones

from service.editions.tables import Edition

NOON = datetime(2023, 2, 8, 12, tzinfo=UTC)


def test_an_edition_on_its_way_shows_the_states_to_come() -> None:
    found = edition_milestones(Edition(state="frozen", planned_at=NOON, frozen_at=NOON))

    assert [(each.state, each.at) for each in found] == [
        ("planned", NOON),
        ("selected", None),
        ("frozen", NOON),
        ("rendered", None),
        ("sending", None),
        ("finished", None),
    ]


def test_a_cancelled_edition_shows_only_the_states_that_it_reached() -> None:
    found = edition_milestones(Edition(state="cancelled", planned_at=NOON, finished_at=NOON))

    assert [each.state for each in found] == ["planned", "cancelled"]
