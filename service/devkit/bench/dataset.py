"""Readers and articles by the hundred thousand, written in sets."""

from datetime import timedelta

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

_ALERTS = "UPDATE subscription SET wants_alerts = true WHERE newsletter_id = %(newsletter_id)s"


# Half of all articles are in the first section, a quarter in the second one, and so on.
_ARTICLES = """
    INSERT INTO article (kind, publication_wide, title, summary, url, section, section_key,
                         categories, authors, language, published_at, first_seen_at, content_hash)
    SELECT 'feed', true, 'Le port numéro ' || n || ' agrandit ses quais',
           repeat('Les travaux commencent en mars et dureront deux ans. ', 4),
           'https://courrier.example/'
               || CASE n %% 50 WHEN 0 THEN 'economie/port/' ELSE '' END || n,
           'Rubrique ' || place, 'rubrique-' || place,
           ARRAY['Rubrique ' || place, 'Dossier ' || n %% 2000],
           ARRAY['Auteur ' || n %% 300], 'fr',
           seen - interval '20 minutes', seen, md5(n::text)
    FROM (
        SELECT n, now() - make_interval(secs => %(seconds)s * n / %(articles)s) AS seen,
               CASE WHEN n %% 20 = 0 THEN 99
                    ELSE 1 + least(floor(-log(2, 1 - random()::numeric + 1e-9))::int, %(last)s)
               END AS place
        FROM generate_series(1, %(articles)s) AS n
    ) AS made
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


def write_articles(url: str, *, articles: int, sections: int, during: timedelta) -> None:
    """Write news that came in evenly until now, in sections called `Rubrique 1` and so on."""
    values = {"articles": articles, "seconds": during.total_seconds(), "last": sections - 1}
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        connection.execute(_ARTICLES, values)
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


def choose_alerts(url: str, newsletter_id: int) -> None:
    """Let all readers of a newsletter choose its alerts."""
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        connection.execute(_ALERTS, {"newsletter_id": newsletter_id})
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
