"""Readers that are written in sets are the readers of a send."""

from collections import Counter
from pathlib import Path

import psycopg
import pytest

from service.devkit.bench import dataset
from service.kit.db import Begin
from service.kit.errors import Unavailable
from tests.builders import a_newsletter
from tests.conftest import FakeClock


@pytest.fixture
def newsletter_id(begin: Begin, clock: FakeClock) -> int:
    with begin() as session:
        return a_newsletter(session, now=clock()).id


def test_every_reader_is_confirmed_and_at_one_of_many_domains(
    database_url: str, newsletter_id: int
) -> None:
    """Enrolment takes confirmed readers only, and limits for each domain need many domains."""
    dataset.write_readers(database_url, newsletter_id, readers=1_200)

    found = ask(
        database_url,
        "SELECT split_part(address_key, '@', 2) FROM subscription JOIN subscriber"
        " ON subscriber.id = subscriber_id"
        " WHERE newsletter_id = %s AND state = 'active' AND confirmed_at < now()",
        newsletter_id,
    )
    domains = Counter(domain for (domain,) in found)
    assert domains.total() == 1_200
    assert len(domains) == dataset.DOMAINS
    assert max(domains.values()) - min(domains.values()) == 1


def test_readers_are_not_added_to_a_list_that_has_some(
    database_url: str, newsletter_id: int
) -> None:
    """The bench must never write a million invented readers into somebody's real list."""
    dataset.write_readers(database_url, newsletter_id, readers=1)

    with pytest.raises(Unavailable, match="into an empty database only"):
        dataset.write_readers(database_url, newsletter_id, readers=1)


def test_some_readers_have_another_newsletter_too(
    database_url: str, newsletter_id: int, begin: Begin, clock: FakeClock
) -> None:
    """The first, unmeasured edition goes to a few; to all, it would last as long as a run."""
    with begin() as session:
        other = a_newsletter(session, "Avant-première", slug="warm-up", now=clock()).id
    dataset.write_readers(database_url, newsletter_id, readers=50)

    dataset.subscribe_some(database_url, other, readers=20)

    count = "SELECT count(*) FROM subscription WHERE newsletter_id = %s"
    assert ask(database_url, count, other) == [(20,)]
    assert ask(database_url, count, newsletter_id) == [(50,)]


@pytest.mark.parametrize(
    ("choices", "different"), [(1, {None}), (3, {1, 2, 3}), (7, set(range(1, 8)))]
)
def test_sections_are_chosen_in_so_many_ways(
    database_url: str, newsletter_id: int, choices: int, different: set[int | None]
) -> None:
    """Each way is a message of its own to render: with one too few, the figure flatters.

    A mask of 0 would be a reader who chose nothing and gets nothing.
    """
    dataset.write_readers(database_url, newsletter_id, readers=70)

    dataset.choose_sections(database_url, newsletter_id, choices=choices)

    masks = Counter(mask for (mask,) in ask(database_url, "SELECT section_mask FROM subscription"))
    assert set(masks) == different
    assert max(masks.values()) - min(masks.values()) <= 1


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs Linux's /proc")
def test_the_server_on_this_machine_is_found(database_url: str) -> None:
    """Its processor time is part of what a message costs, and a stranger's process is not."""
    pid = dataset.postgres_pid(database_url)

    assert pid is not None
    assert Path(f"/proc/{pid}/comm").read_text("utf-8").startswith("postgres")
    dataset.checkpoint(database_url)


def test_an_address_of_sqlalchemys_is_one_that_libpq_takes() -> None:
    """The library takes `postgresql+psycopg` for the name of a database."""
    url = dataset.libpq_url("postgresql+psycopg://crieur@/crieur?host=%2Frun")

    assert url == "postgresql://crieur@/crieur?host=%2Frun"


def ask(url: str, statement: str, *values: object) -> list[tuple[object, ...]]:
    with psycopg.connect(dataset.libpq_url(url)) as connection:
        return connection.execute(statement, values).fetchall()
