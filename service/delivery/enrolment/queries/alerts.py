"""SQL of enrolment that looks at what readers have had as alerts.

Each is put between an audience and its deliveries: it takes readers away, or gives them another
mask. What a reader has had is counted from the deliveries themselves, so that a message that was
refused or came back counts for nothing.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

from sqlalchemy import text

from service.delivery.enrolment.quiet_waves import WaveSchedule
from service.delivery.enrolment.reader_days import ReaderDays
from service.editions import alert_queries
from service.editions.variant_mask import WITHOUT_ALERTED
from service.kit.db import Session

LOOKED_BACK = timedelta(hours=50)
"""How long ago an alert may have been frozen that counts for a day: quiet hours end within one."""

_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('crieur.alerted'))")

DAYS = """,
               coalesce(zone.day_start, CAST(:home_day_start AS timestamptz)) AS day_start,
               coalesce(zone.day_end, CAST(:home_day_end AS timestamptz)) AS day_end"""
"""The columns of an alert's audience: the local day on which each reader gets it."""

ZONES_WITH_DAYS = """
        JOIN subscriber ON subscriber.id = subscription.subscriber_id
        LEFT JOIN unnest(CAST(:names AS text[]), CAST(:minutes AS int[]), CAST(:waits AS int[]),
                         CAST(:day_starts AS timestamptz[]), CAST(:day_ends AS timestamptz[]))
            AS zone (name, minutes, place, day_start, day_end)
            ON zone.name = subscriber.time_zone
        """

# Both look each reader's deliveries up by key. A join with what all readers have had is left to the
# planner, which has no statistics of the audience: it aggregated that anew for each of a thousand
# readers, in ten seconds.
_BELOW_CAP = """, kept AS (
        SELECT audience.subscriber_id, audience.mask, audience.wave, audience.place
        FROM {readers} AS audience
        CROSS JOIN LATERAL (
            SELECT count(*) AS alerts
            FROM unnest(CAST(:alert_ids AS bigint[]), CAST(:alert_times AS timestamptz[]))
                 AS alert (id, frozen_at)
            JOIN delivery ON delivery.edition_id = alert.id
                         AND delivery.subscriber_id = audience.subscriber_id
            CROSS JOIN LATERAL (
                SELECT coalesce(
                    delivery.settled_at,
                    alert.frozen_at + make_interval(mins => delivery.wave::int)
                ) AS at
            ) AS delivered
            WHERE delivery.state IN ('pending', 'deferred', 'accepted', 'uncertain')
              AND delivered.at >= audience.day_start AND delivered.at < audience.day_end
        ) AS had
        WHERE had.alerts < CAST(:most_alerts AS int)
    )"""
BELOW_CAP = _BELOW_CAP.format(readers="audience")
"""Leaves out readers who have had, or are to have, as many alerts of their day as they get."""

_NOT_IN_A_DIGEST = """, uninformed AS (
        SELECT audience.*
        FROM audience
        WHERE EXISTS (
            SELECT FROM unnest(CAST(:article_ids AS bigint[]), CAST(:article_masks AS bigint[]))
                 AS article (id, mask)
            WHERE audience.mask & article.mask <> 0
              AND NOT EXISTS (
                  SELECT FROM unnest(CAST(:carried_ids AS bigint[]), CAST(:digest_ids AS bigint[]),
                                     CAST(:digest_masks AS bigint[]))
                       AS carried (article_id, digest_id, mask)
                  JOIN delivery ON delivery.edition_id = carried.digest_id
                               AND delivery.subscriber_id = audience.subscriber_id
                  WHERE carried.article_id = article.id
                    AND delivery.mask & carried.mask <> 0
                    AND delivery.state IN ('accepted', 'uncertain')
                    AND delivery.outcome IS NULL
              )
        )
    )"""
NEW_AND_BELOW_CAP = _NOT_IN_A_DIGEST + _BELOW_CAP.format(readers="uninformed")
"""Leaves out readers who had each article of an alert in a digest, too; in doubt they get it."""


WITHOUT_REPEATED = f""", judged AS (
        SELECT audience.subscriber_id, audience.mask, audience.wave, audience.place,
               audience.mask & CAST(:alerted_mask AS bigint) <> 0
               AND NOT EXISTS (
                   SELECT FROM unnest(CAST(:alert_ids AS bigint[]), CAST(:alert_masks AS bigint[]))
                        AS alert (id, mask)
                   WHERE audience.mask & alert.mask <> 0
                     AND NOT EXISTS (
                         SELECT FROM delivery
                         WHERE delivery.edition_id = alert.id
                           AND delivery.subscriber_id = audience.subscriber_id
                           AND delivery.state IN ('accepted', 'uncertain')
                           AND delivery.outcome IS NULL
                     )
               ) AS had_all
        FROM audience
    ), kept AS (
        SELECT subscriber_id, wave, place,
               CASE WHEN had_all THEN mask & CAST(:fresh_mask AS bigint) | {WITHOUT_ALERTED}
                    ELSE mask END AS mask
        FROM judged
        WHERE NOT had_all OR mask & CAST(:fresh_mask AS bigint) <> 0
    )"""  # noqa: S608  only a constant is put in.
"""Gives readers who had all alerts of what they chose the digest without that; some get none.

A message that the relay has accepted, or may have, and that has not come back, was had. Who lacks
one of the alerts gets the whole digest: rather an article twice than not at all.
"""

_ALERTED_ARTICLES = text("""
    SELECT CAST(frozen ->> 'bit' AS int) AS bit,
           CAST(frozen ->> 'alerted_in' AS bigint) AS alert_id
    FROM edition_article
    WHERE edition_id = :edition_id AND left_out_in IS NULL AND frozen ->> 'bit' IS NOT NULL
    """)


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatedAlerts:
    """What alerts have carried of a digest: each alert's sections in it, as a mask, by its id.

    `fresh_mask` are the sections that have something else, too.
    """

    masks: Mapping[int, int]
    fresh_mask: int

    def parameters(self) -> dict[str, object]:
        """Return the parameters of the statement."""
        return {
            "alert_ids": list(self.masks),
            "alert_masks": list(self.masks.values()),
            "alerted_mask": reduce(or_, self.masks.values()),
            "fresh_mask": self.fresh_mask,
        }


def repeated_alerts(session: Session, edition_id: int) -> RepeatedAlerts | None:
    """Return what alerts have carried of a frozen edition; None if nothing."""
    masks: defaultdict[int, int] = defaultdict(int)
    fresh_mask = 0
    for bit, alert_id in session.execute(_ALERTED_ARTICLES, {"edition_id": edition_id}):
        if alert_id is None:
            fresh_mask |= 1 << bit
        else:
            masks[alert_id] |= 1 << bit
    return RepeatedAlerts(masks=masks, fresh_mask=fresh_mask) if masks else None


# What a person asks for is also for those who had it in a digest before they asked.
_DIGESTED_ARTICLES = text("""
    SELECT placed.article_id, CAST(placed.frozen ->> 'bit' AS int) AS bit,
           carried.digest_id, carried.bit AS digest_bit
    FROM edition_article AS placed
    JOIN edition AS alert ON alert.id = placed.edition_id
    LEFT JOIN alerted_article AS alerted ON alerted.edition_id = alert.id
                                        AND alerted.article_id = placed.article_id
    LEFT JOIN LATERAL (
        SELECT digest.id AS digest_id, CAST(other.frozen ->> 'bit' AS int) AS bit
        FROM edition_article AS other
        JOIN edition AS digest ON digest.id = other.edition_id
        WHERE other.article_id = placed.article_id
          AND other.newsletter_id = placed.newsletter_id
          AND other.left_out_in IS NULL
          AND other.frozen ->> 'bit' IS NOT NULL
          AND other.frozen ->> 'alerted_in' IS NULL
          AND digest.kind = 'digest' AND digest.frozen_at IS NOT NULL
          AND (alert.origin <> 'hand' OR digest.frozen_at >= alerted.alerted_at)
    ) AS carried ON true
    WHERE placed.edition_id = :edition_id AND placed.left_out_in IS NULL
      AND placed.frozen ->> 'bit' IS NOT NULL
    """)


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatedDigests:
    """What digests have carried of an alert: each of its articles' sections in it, as a mask.

    `carried` are the articles, the digests that had them, and their sections there as a mask.
    """

    articles: Mapping[int, int]
    carried: Sequence[tuple[int, int, int]]

    def parameters(self) -> dict[str, object]:
        """Return the parameters of the statement."""
        return {
            "article_ids": list(self.articles),
            "article_masks": list(self.articles.values()),
            "carried_ids": [article for article, _, _ in self.carried],
            "digest_ids": [digest for _, digest, _ in self.carried],
            "digest_masks": [mask for _, _, mask in self.carried],
        }


def repeated_digests(session: Session, alert_id: int) -> RepeatedDigests | None:
    """Return what digests have carried of a frozen alert; None if nothing."""
    rows = session.execute(_DIGESTED_ARTICLES, {"edition_id": alert_id}).all()
    carried = [
        (row.article_id, row.digest_id, 1 << row.digest_bit)
        for row in rows
        if row.digest_id is not None
    ]
    articles = {row.article_id: 1 << row.bit for row in rows}
    return RepeatedDigests(articles=articles, carried=carried) if carried else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertCap:
    """What an alert's enrolment counts: earlier alerts, on the days of its readers."""

    most: int
    days: ReaderDays
    # When each earlier alert was frozen, by its id.
    frozen_at: Mapping[int, datetime] = field(default_factory=dict)

    def parameters(self, offsets: WaveSchedule) -> dict[str, object]:
        """Return the parameters of the statement, with every zone that readers live in."""
        zones = list(self.days.by_zone)
        minutes = [offsets.by_zone.get(name, offsets.home) for name in zones]
        waits = sorted({each for each in minutes if each != offsets.home})
        return {
            "names": zones,
            "minutes": minutes,
            "waits": [0 if each == offsets.home else 1 + waits.index(each) for each in minutes],
            "places": 1 + len(waits),
            "day_starts": [self.days.by_zone[name].start for name in zones],
            "day_ends": [self.days.by_zone[name].end for name in zones],
            "home_day_start": self.days.home.start,
            "home_day_end": self.days.home.end,
            "alert_ids": list(self.frozen_at),
            "alert_times": list(self.frozen_at.values()),
            "most_alerts": self.most,
        }


def lock_cap(session: Session, *, most: int, days: ReaderDays, now: datetime) -> AlertCap:
    """Return what counts for a reader's alerts of a day; others enrol no alert until the end.

    Two newsletters' alerts at one moment would both find that a reader may have one more.
    """
    session.execute(_LOCK)
    found = alert_queries.frozen_since(session, since=now - LOOKED_BACK)
    # So few alerts in all cannot be too many for any reader: nothing needs to be counted.
    return AlertCap(most=most, days=days, frozen_at=found if len(found) >= most else {})
