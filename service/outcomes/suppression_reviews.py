"""Suspends the suppression of unknown readers where a whole provider seems to know none of them.

A few mailboxes in a hundred are gone. When in one edition more than a fifth of the readers at one
mailbox provider (or of all readers) are "unknown", it is far more likely that a relay is set up
wrongly, or that the provider answers so to a sender it does not want. A review opens: suppressions
made for it are lifted, and no further reader is suppressed, until an operator decides whether the
readers are really gone, or the fault was ours.

Lock order: the right to count (`share_reviews`, or `lock_reviews` for a decision), then attempts
and deliveries, then the counts, with the one of all providers first.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from service.audience import suppress
from service.delivery.progress.queries import counters
from service.delivery.workflow.queries import returned as returned_messages
from service.kit.db import Session
from service.kit.errors import Conflict, NotFound
from service.kit.log import get_logger
from service.kit.tokens import Keyring
from service.kit.translatable import translatable
from service.outcomes.queries import suppression_reviews as queries
from service.outcomes.queries.suppression_reviews import UnknownCount

log = get_logger(__name__)

MIN_UNKNOWN = 10
"""Unknown readers below which a share means nothing: one of two readers at a small domain may
well have left."""

MAX_UNKNOWN_SHARE = 0.20

RECHECK_GROWTH = 1.25
"""Growth of a count after which it is compared with all answers again, which reads all deliveries
of the edition."""

ALL_PROVIDERS = "*"
"""Stands for the provider where all readers of an edition are meant."""

CHUNK_SIZE = 1_000

ProviderLookup = Callable[[str], str]


class ReviewDecision(StrEnum):
    """What an operator decides about readers under review."""

    GONE = "gone"
    OURS = "ours"


_DECISIONS = {
    ReviewDecision.GONE: translatable("suppression.decision.gone"),
    ReviewDecision.OURS: translatable("suppression.decision.ours"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingReview:
    """Readers of an edition at one provider about whom an operator must decide."""

    edition_id: int
    # `ALL_PROVIDERS` for all readers of the edition.
    provider: str
    unknown: int
    answered: int
    since: datetime


def record_unknown(
    session: Session,
    edition_id: int,
    subscriber_ids: Collection[int],
    *,
    provider_of: ProviderLookup,
    now: datetime,
) -> set[int]:
    """Count readers who seem to be unknown, each once; return those who may be suppressed.

    `provider_of` names the mailbox provider of a domain.
    """
    providers = _providers(session, subscriber_ids, provider_of)
    counts = Counter(providers.values())
    if not counts:
        return set()
    counts[ALL_PROVIDERS] = counts.total()
    tallies = {each.provider: each for each in queries.add_unknown(session, edition_id, counts)}
    apart = sum(queries.providers_under_review(session, edition_id).values())
    grown = [each for each in tallies.values() if _has_grown(each, apart=apart)]
    if grown:
        held = _compare(session, edition_id, grown, provider_of=provider_of, now=now)
        tallies |= {provider: tallies[provider]._replace(is_held=True) for provider in held}
    of_all = tallies[ALL_PROVIDERS]
    return {
        reader
        for reader, provider in providers.items()
        if not (of_all.forbids_suppression or tallies[provider].forbids_suppression)
    }


def pending_reviews(session: Session, edition_id: int | None = None) -> list[PendingReview]:
    """Return the undecided reviews of one edition, or of all, the latest edition first."""
    return [
        PendingReview(
            edition_id=row.edition_id,
            provider=row.provider,
            unknown=row.unknown,
            answered=row.answered,
            since=row.held_at,
        )
        for row in queries.pending_reviews(session, edition_id)
    ]


def decide_review(  # noqa: PLR0913  Each fact is asked for by name.
    session: Session,
    edition_id: int,
    provider: str,
    decision: ReviewDecision,
    *,
    provider_of: ProviderLookup,
    keyring: Keyring,
    now: datetime,
) -> int:
    """Carry out an operator's decision; return how many readers it concerns.

    Readers who are gone are suppressed. If the fault was ours, their refusals become the sender's
    fault, so that the edition can be sent to them again.

    Raises:
        NotFound: no review of this provider was ever opened in the edition.
        Conflict: the review was decided already.
    """
    queries.lock_reviews(session, edition_id)
    queries.lock_unknown_count(session, edition_id, ALL_PROVIDERS)
    found = queries.lock_unknown_count(session, edition_id, provider)
    if found is None or not found.is_held:
        pending = [each.provider for each in pending_reviews(session, edition_id)]
        if provider == ALL_PROVIDERS and pending:
            return sum(
                decide_review(
                    session,
                    edition_id,
                    each,
                    decision,
                    provider_of=provider_of,
                    keyring=keyring,
                    now=now,
                )
                for each in pending
            )
        raise NotFound(
            f"No reader at {provider!r} is held in edition {edition_id}: "
            "'crieur suppression held' shows who is."
        )
    if found.decision is not None:
        raise Conflict(
            translatable("suppression.decided", decision=_DECISIONS[ReviewDecision(found.decision)])
        )
    unknown = _unknown_by_provider(session, edition_id, provider, provider_of)
    readers = [reader for theirs in unknown.values() for reader in theirs]
    # A decision on all readers holds for each provider.
    queries.save_decision(
        session,
        edition_id,
        None if provider == ALL_PROVIDERS else provider,
        decision=decision.value,
        now=now,
    )
    for some in _chunks(readers):
        if decision is ReviewDecision.GONE:
            evidence = dict.fromkeys(
                some, translatable("suppression.confirmed_gone", edition=str(edition_id))
            )
            suppress.suppress_subscribers(
                session, evidence, reason=suppress.HARD_BOUNCE, now=now, keyring=keyring
            )
        else:
            returned = returned_messages.attribute_to_sender(session, edition_id, some, now=now)
            counters.reverse_acceptances(session, edition_id, returned)
    if decision is ReviewDecision.OURS:
        counts = Counter({provider: len(theirs) for provider, theirs in unknown.items()})
        queries.subtract_unknown(session, edition_id, {**counts, ALL_PROVIDERS: counts.total()})
        counters.notify_progress(session, edition_id)
    log.info(
        "outcome.review_decided", edition=edition_id, decision=decision.value, readers=len(readers)
    )
    return len(readers)


def _has_grown(tally: UnknownCount, *, apart: int) -> bool:
    """Return whether a count has grown so much that it must be compared again.

    `apart` are the readers of providers under review: all readers are judged without them.
    """
    if tally.is_held or tally.decision is not None:
        return False
    apart = apart if tally.provider == ALL_PROVIDERS else 0
    unknown = tally.unknown - apart
    return unknown >= MIN_UNKNOWN and unknown >= RECHECK_GROWTH * (tally.weighed - apart)


def _compare(
    session: Session,
    edition_id: int,
    grown: Collection[UnknownCount],
    *,
    provider_of: ProviderLookup,
    now: datetime,
) -> set[str]:
    """Compare counts with all answers; open reviews and lift the suppressions made before.

    Return the providers whose reviews were opened.
    """
    answered = Counter[str]()
    for domain, count in queries.count_answered(session, edition_id).items():
        answered[provider_of(domain) if domain else ""] += count
    answered[ALL_PROVIDERS] = answered.total()
    held = set()
    # Readers explained by one provider are not counted against all readers as well.
    elsewhere = queries.providers_under_review(session, edition_id)
    for each in sorted(grown, key=lambda tally: tally.provider == ALL_PROVIDERS):
        unknown, among = each.unknown, answered[each.provider]
        if each.provider == ALL_PROVIDERS:
            unknown -= sum(elsewhere.values())
            among -= sum(answered[provider] for provider in elsewhere)
        is_held = unknown >= MIN_UNKNOWN and unknown > MAX_UNKNOWN_SHARE * among
        queries.save_comparison(
            session,
            edition_id,
            each.provider,
            answered=answered[each.provider],
            held_at=now if is_held else None,
        )
        if not is_held:
            continue
        held.add(each.provider)
        elsewhere[each.provider] = each.unknown
        unknown_here = _unknown_by_provider(session, edition_id, each.provider, provider_of)
        readers = [reader for theirs in unknown_here.values() for reader in theirs]
        since = queries.edition_frozen_at(session, edition_id)
        lifted = sum(
            suppress.lift_for_subscribers(session, some, reason=suppress.HARD_BOUNCE, since=since)
            for some in _chunks(readers)
        )
        log.warning(
            "outcome.review_opened",
            edition=edition_id,
            unknown=each.unknown,
            answered=answered[each.provider],
            lifted=lifted,
        )
    return held


def _unknown_by_provider(
    session: Session, edition_id: int, provider: str, provider_of: ProviderLookup
) -> dict[str, list[int]]:
    """Return the readers who seemed unknown at a provider, or (all) at each undecided one."""
    by_domain = queries.unknown_readers(session, edition_id)
    decided = queries.decided_providers(session, edition_id)
    found = defaultdict[str, list[int]](list)
    for domain, readers in by_domain.items():
        theirs = provider_of(domain)
        if theirs == provider or (provider == ALL_PROVIDERS and theirs not in decided):
            found[theirs] += readers
    return found


def _providers(
    session: Session, subscriber_ids: Collection[int], provider_of: ProviderLookup
) -> Mapping[int, str]:
    """Return the provider of each reader; an erased reader has none."""
    domains = queries.domains_of(session, subscriber_ids)
    return {reader: provider_of(domain) for reader, domain in domains.items()}


def _chunks(readers: list[int]) -> list[list[int]]:
    return [readers[start : start + CHUNK_SIZE] for start in range(0, len(readers), CHUNK_SIZE)]
