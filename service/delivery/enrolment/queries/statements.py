"""The texts of enrolment's statements: whom an edition is for, and how its batches are cut."""

from enum import StrEnum
from itertools import product

from sqlalchemy import TextClause, text

from service.delivery.enrolment.queries import alerts
from service.delivery.enrolment.queries.corrected import HAS_OLDER_REVISION
from service.delivery.lifecycle import DELIVERY
from service.editions.subject_test_rules import FIRST, SECOND


class Audience(StrEnum):
    """Whom an edition is for."""

    FOLLOWERS = "followers"
    """Readers of its series, by their sections."""
    CATCHING_UP = "catching_up"
    """Readers of its series who had their last edition in another one."""
    ALERTED = "alerted"
    """Readers of every series who have chosen alerts, by their sections."""
    MISINFORMED = "misinformed"
    """Readers of every series who have an older revision of what a correction is about."""
    EVERYBODY = "everybody"
    """Every reader of the newsletter."""


# Subscribers in the order of their ids, a chunk at a time. The edition's facts are parameters and
# not a join, so that the planner walks an index in that order.
_IN_SERIES = "subscription.frequency = :frequency AND subscription.previous_edition_id"
_CHOSE_A_SECTION = "coalesce(subscription.section_mask, -1) & CAST(:section_mask AS bigint)"
_FOLLOWERS = f"{_IN_SERIES} IS NULL AND {_CHOSE_A_SECTION} <> 0"
_CATCHING_UP = f"{_IN_SERIES} = :previous_edition_id AND {_CHOSE_A_SECTION} <> 0"
_ALERTED = f"subscription.wants_alerts AND {_CHOSE_A_SECTION} <> 0"
# Other kinds go whole to every reader.
_EVERYBODY = "true"
_AUDIENCE = """
    subscription.newsletter_id = :newsletter_id AND subscription.state = 'active'
    AND {readers}
    AND subscription.subscriber_id > :after
    AND coalesce(subscription.confirmed_at, subscription.requested_at) <= :frozen_at
    ORDER BY subscription.subscriber_id
    LIMIT :limit
    """

_ZONES = f"""
    SELECT DISTINCT subscriber.time_zone
    FROM (SELECT subscription.subscriber_id FROM subscription WHERE {_AUDIENCE}) AS audience
    JOIN subscriber ON subscriber.id = audience.subscriber_id
    WHERE subscriber.time_zone IS NOT NULL
    """  # noqa: S608  only a constant of this module is put in.


# A batch is a range of subscribers with one offset ("wave"). Its id is drawn before its rows are
# written, so that they get it without a join; each wave draws as many ids as it could need. Batches
# are cut and counted in one pass over the rows of a chunk.
_ENROL = f"""
    WITH numbers AS MATERIALIZED (
        SELECT array_agg(nextval('batch_id_seq')) AS ids
        FROM generate_series(1, CAST(:places AS int) * CAST(:batches AS int))
    ), audience AS (
        SELECT subscription.subscriber_id,
               {{mask}} AS mask,
               {{wave}} AS wave, {{place}} AS place{{columns}}
        FROM subscription {{zones}}
        WHERE {_AUDIENCE}
    ){{filter}}, drawn AS (
        SELECT subscriber_id, mask, wave, {{sample}} AS sample, {{group}} AS place FROM {{kept}}
    ), cut AS MATERIALIZED (
        SELECT subscriber_id, mask, wave, sample,
               (SELECT ids FROM numbers)[
                   place * CAST(:batches AS int)
                   + (row_number() OVER ({{partition}} ORDER BY subscriber_id) - 1) / :size + 1
               ] AS batch_id
        FROM drawn
    ), counted AS MATERIALIZED (
        SELECT batch_id, wave, mask, sample, min(subscriber_id) AS first_id,
               max(subscriber_id) AS last_id, count(*) AS readers
        FROM cut GROUP BY batch_id, wave, mask, sample
    ), made AS (
        INSERT INTO batch (id, edition_id, first_id, last_id, due_at, members, awaits_test)
        SELECT batch_id, :edition_id, min(first_id), max(last_id),
               CAST(:now AS timestamptz) + make_interval(mins => wave), {{members}},
               {{awaits_test}}
        FROM counted {{scattered}} GROUP BY batch_id, wave
    ), written AS (
        INSERT INTO delivery (edition_id, subscriber_id, batch_id, mask, state, wave, sample)
        SELECT :edition_id, subscriber_id, batch_id, mask, '{DELIVERY.initial}', wave, sample
        FROM cut ORDER BY subscriber_id
    )
    SELECT wave, mask, sample, sum(readers)::bigint AS readers, max(last_id) AS last_id
    FROM counted GROUP BY wave, mask, sample {{walked}}
    """  # noqa: S608  only a constant of this module is put in.
_TOGETHER = {"partition": "", "members": "NULL", "scattered": ""}
# The few readers of a far zone, or of a sample, lie between many others, which every scan of their
# range would read.
_SCATTERED = {
    "partition": "PARTITION BY place",
    "members": "min(scattered.members)",
    "scattered": """
        LEFT JOIN (
            SELECT batch_id, array_agg(subscriber_id ORDER BY subscriber_id) AS members
            FROM cut GROUP BY batch_id
            HAVING max(subscriber_id) - min(subscriber_id) >= 4 * CAST(:size AS int)
        ) AS scattered USING (batch_id)
        """,
}
_UNSAMPLED = {"sample": "CAST(NULL AS smallint)", "group": "place", "awaits_test": "false"}
# Who is in the sample is drawn by a keyed hash: the same however often a chunk is repeated, and
# independent of ids. Only the newsletter's own wave is drawn from, because later ones would be sent
# when the test is over.
_HASH = """
    ((hashint8extended(subscriber_id, CAST(:sample_seed AS bigint)) & 4294967295) * 200 >> 32)
    """
_SAMPLED = _SCATTERED | {
    "sample": f"""
        CAST(CASE WHEN wave <> CAST(:home_wave AS int) THEN NULL
                  WHEN {_HASH} < CAST(:sample_percent AS int) THEN {FIRST}
                  WHEN {_HASH} < 2 * CAST(:sample_percent AS int) THEN {SECOND} END AS smallint)
        """,
    # The sample has batches of its own: those of the others wait for the test.
    "group": f"""
        2 * place + (wave = CAST(:home_wave AS int)
                     AND {_HASH} < 2 * CAST(:sample_percent AS int))::int
        """,
    "awaits_test": "min(counted.sample) IS NULL",
}
_ONE_WAVE = _TOGETHER | _UNSAMPLED | {"wave": "CAST(:home_wave AS int)", "place": "0", "zones": ""}
_WAVES = (
    _SCATTERED
    | _UNSAMPLED
    | {
        "wave": "coalesce(zone.minutes, CAST(:home_wave AS int))",
        "place": "coalesce(zone.place, 0)",
        "zones": """
        JOIN subscriber ON subscriber.id = subscription.subscriber_id
        LEFT JOIN unnest(CAST(:names AS text[]), CAST(:minutes AS int[]),
                         CAST(:waits AS int[]))
            AS zone (name, minutes, place) ON zone.name = subscriber.time_zone
        """,
    }
)
_READERS = {
    Audience.FOLLOWERS: _FOLLOWERS,
    Audience.CATCHING_UP: _CATCHING_UP,
    Audience.ALERTED: _ALERTED,
    Audience.MISINFORMED: HAS_OLDER_REVISION,
    Audience.EVERYBODY: _EVERYBODY,
}
_EACH_READER = {"columns": "", "filter": "", "kept": "audience", "walked": ""}
# Where readers are left out, the last row says how far the audience was read.
_WALKED = {
    "columns": "",
    "kept": "kept",
    "walked": "UNION ALL SELECT NULL, NULL, NULL, count(*), max(subscriber_id) FROM audience",
}
_BELOW_CAP = _WALKED | {"columns": alerts.DAYS, "filter": alerts.BELOW_CAP}
_NEW_AND_BELOW_CAP = _BELOW_CAP | {"filter": alerts.NEW_AND_BELOW_CAP}
_WITHOUT_REPEATED = _WALKED | {"filter": alerts.WITHOUT_REPEATED}
_WAVES_WITH_DAYS = _WAVES | {"zones": alerts.ZONES_WITH_DAYS}
_GOES_WHOLE = frozenset({Audience.MISINFORMED, Audience.EVERYBODY})


def _enrolment(
    audience: Audience, *, has_waves: bool, is_repeated: bool, is_sampled: bool
) -> TextClause:
    goes_whole = audience in _GOES_WHOLE
    if audience is Audience.ALERTED:
        left_out, waves = _NEW_AND_BELOW_CAP if is_repeated else _BELOW_CAP, _WAVES_WITH_DAYS
    else:
        left_out = _WITHOUT_REPEATED if is_repeated else _EACH_READER
        # What goes whole to its readers goes out everywhere at the same time.
        waves = _WAVES if has_waves and not goes_whole else _ONE_WAVE
    return text(
        _ENROL.format(
            readers=_READERS[audience],
            mask="CAST(:section_mask AS bigint)" if goes_whole else _CHOSE_A_SECTION,
            **left_out,
            **(waves | _SAMPLED if is_sampled else waves),
        )
    )


# Statements are there when the module is loaded: a rule looks at which tables they write.
_ENROLMENTS = {
    (audience, has_waves, is_repeated, is_sampled): _enrolment(
        audience, has_waves=has_waves, is_repeated=is_repeated, is_sampled=is_sampled
    )
    for audience in Audience
    for has_waves, is_repeated, is_sampled in product((False, True), repeat=3)
}
_ZONES_OF = {
    audience: text(_ZONES.format(readers=readers)) for audience, readers in _READERS.items()
}


def zones_statement(audience: Audience) -> TextClause:
    """Return the statement that finds the time zones of the next readers."""
    return _ZONES_OF[audience]


def enrol_statement(
    audience: Audience, *, has_waves: bool, is_repeated: bool, is_sampled: bool = False
) -> TextClause:
    """Return the statement that writes a chunk of an audience; an alert's has waves and days.

    `is_repeated` is a digest of which alerts have carried something, or an alert of which digests
    have; `is_sampled` an edition whose subject is tested.
    """
    return _ENROLMENTS[audience, has_waves, is_repeated, is_sampled]
