"""Readers by the hundred thousand, written in sets: what a large list looks like to a send."""

import psycopg

from service.devkit.bench import usage
from service.kit.errors import Unavailable

DOMAINS = 500
"""Readers live at that many domains of example.org, as a real list is spread over many."""

_SUBSCRIBERS = """
    INSERT INTO subscriber (address, address_key, created_at)
    SELECT address, address, now() - interval '1 day'
    FROM (SELECT 'reader' || number || '@d' || number %% %(domains)s || '.example.org' AS address
          FROM generate_series(1, %(readers)s) AS number) AS made
    """

_SUBSCRIPTIONS = """
    INSERT INTO subscription (newsletter_id, subscriber_id, state, requested_at, confirmed_at)
    SELECT %(newsletter_id)s, subscriber.id, 'active',
           now() - interval '1 day', now() - interval '1 day'
    FROM subscriber
    """

_CHOICES = """
    UPDATE subscription SET section_mask = 1 + mod(subscriber_id, %(choices)s)
    WHERE newsletter_id = %(newsletter_id)s
    """


def write_readers(url: str, newsletter_id: int, *, readers: int) -> None:
    """Give a newsletter its audience in a database that has no readers yet."""
    with psycopg.connect(libpq_url(url)) as connection:
        row = connection.execute("SELECT EXISTS (SELECT FROM subscriber)").fetchone()
        if row is None or row[0]:
            raise Unavailable("The bench writes its readers into an empty database only.")
        connection.execute(_SUBSCRIBERS, {"domains": DOMAINS, "readers": readers})
        connection.execute(_SUBSCRIPTIONS, {"newsletter_id": newsletter_id})
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def checkpoint(url: str) -> None:
    """Write now what PostgreSQL would write in the middle of a measurement."""
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        connection.execute("CHECKPOINT")


def subscribe_some(url: str, newsletter_id: int, *, readers: int) -> None:
    """Let some of the readers have another newsletter too."""
    with psycopg.connect(libpq_url(url)) as connection:
        values = {"newsletter_id": newsletter_id, "readers": readers}
        connection.execute(_SUBSCRIPTIONS + " ORDER BY subscriber.id LIMIT %(readers)s", values)


def choose_sections(url: str, newsletter_id: int, *, choices: int) -> None:
    """Let a newsletter's readers choose its sections in so many ways, as evenly as can be.

    With one way they choose nothing, and get every section.
    """
    if choices == 1:
        return
    with psycopg.connect(libpq_url(url)) as connection:
        connection.execute(_CHOICES, {"choices": choices, "newsletter_id": newsletter_id})
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE subscription")


def postgres_pid(url: str) -> int | None:
    """Return PostgreSQL's process id; None when it does not run on this machine."""
    with psycopg.connect(libpq_url(url)) as connection:
        parent = usage.parent_of(connection.info.backend_pid)
    # On another machine the number is that of a stranger's process here.
    return parent if parent and usage.name_of(parent).startswith("postgres") else None


def libpq_url(url: str) -> str:
    """Return an address of SQLAlchemy's as libpq takes it."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)
