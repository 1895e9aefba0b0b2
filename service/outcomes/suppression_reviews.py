"""Nobody is suppressed because a whole provider seems to know none of our readers.

A few mailboxes in a hundred are gone. When in one edition more than a fifth of the readers at one
mailbox provider (or of all readers) are "unknown", it is far more likely that a relay is set up
wrongly, or that the provider says so to a sender it does not want. So they are held: whoever was
suppressed for it is not any more, and nobody else is, until an operator says that they are really
gone, or that it was us.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from service.audience import suppress
from service.delivery.progress.queries import counters
from service.kit.db import Session
from service.kit.errors import Conflict, NotFound
from service.kit.log import get_logger
from service.kit.tokens import Keyring
from service.outcomes.queries import suppression_reviews as queries
from service.outcomes.queries.suppression_reviews import UnknownCount

log = get_logger(__name__)

MIN_UNKNOWN = 10
"""Readers who must seem unknown before a share says anything: one of two readers of a small domain
may well have left."""

MAX_UNKNOWN_SHARE = 0.20

RECHECK_GROWTH = 1.25
"""How much more they must have become before they are compared with all answers again, which reads
an edition's deliveries."""

ALL_PROVIDERS = "*"
"""What stands for the provider where all readers of an edition are meant."""

CHUNK_SIZE = 1_000

ProviderLookup = Callable[[str], str]


class ReviewDecision(StrEnum):
    """What an operator says of readers who are held."""

    GONE = "gone"
    OURS = "ours"


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingReview:
    """Readers of an edition at one provider who wait for an operator's word."""

    edition_id: int
    # `EVERYBODY` for all readers of the edition.
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
    """Count readers who seem to be unknown, each once; return who of them may be suppressed."""
    providers = _providers(session, subscriber_ids, provider_of)
    counts = Counter(providers.values())
    if not counts:
        return set()
    counts[ALL_PROVIDERS] = counts.total()
    tallies = {each.provider: each for each in queries.add_unknown(session, edition_id, counts)}
    apart = sum(queries.providers_under_review(session, edition_id).values())
    grown = [each for each in tallies.values() if _has_grown(each, apart=apart)]
    if grown:
        held = _weigh(session, edition_id, grown, provider_of=provider_of, now=now)
        tallies |= {provider: tallies[provider]._replace(is_held=True) for provider in held}
    everybody = tallies[ALL_PROVIDERS]
    return {
        reader
        for reader, provider in providers.items()
        if not (everybody.forbids or tallies[provider].forbids)
    }


def pending_reviews(session: Session, edition_id: int | None = None) -> list[PendingReview]:
    """Return who waits for an operator's word, in one edition or in all, the latest first."""
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
    """Do what an operator says of held readers; return of how many it was said.

    Those who are gone are suppressed. If it was us, their refusals are the sender's fault from now
    on, so that the edition can be sent to them again.

    Raises:
        NotFound: nobody of this provider ever waited for that.
        Conflict: somebody has decided already.
    """
    # Whoever counts comes to everybody's row first, too.
    queries.lock_unknown_count(session, edition_id, ALL_PROVIDERS)
    found = queries.lock_unknown_count(session, edition_id, provider)
    if found is None or not found.is_held:
        each_held = [each.provider for each in pending_reviews(session, edition_id)]
        if provider == ALL_PROVIDERS and each_held:
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
                for each in each_held
            )
        raise NotFound(
            f"Nobody at {provider!r} is held in edition {edition_id}: "
            "'crieur suppression held' shows who is."
        )
    if found.decision is not None:
        raise Conflict(f"This was decided already: {found.decision}.")
    unknown = _unknown(session, edition_id, provider, provider_of)
    readers = [reader for theirs in unknown.values() for reader in theirs]
    # What is said of everybody is said of each provider.
    queries.save_decision(
        session,
        edition_id,
        None if provider == ALL_PROVIDERS else provider,
        decision=decision.value,
        now=now,
    )
    for some in _parts(readers):
        if decision is ReviewDecision.GONE:
            evidence = dict.fromkeys(
                some, f"refused at edition {edition_id}: an operator says that they are gone."
            )
            suppress.suppress_subscribers(
                session, evidence, reason=suppress.HARD_BOUNCE, now=now, keyring=keyring
            )
        else:
            returned = queries.attribute_to_sender(session, edition_id, some, now=now)
            counters.reverse_acceptances(session, edition_id, returned)
    if decision is ReviewDecision.OURS:
        counts = Counter({provider: len(theirs) for provider, theirs in unknown.items()})
        queries.subtract_unknown(session, edition_id, {**counts, ALL_PROVIDERS: counts.total()})
        counters.tell(session, edition_id)
    log.info(
        "outcome.review_decided", edition=edition_id, decision=decision.value, readers=len(readers)
    )
    return len(readers)


def _has_grown(tally: UnknownCount, *, apart: int) -> bool:
    """Tell whether there are so many more that it is time to compare.

    `apart` are those of held providers, who are not counted against everybody once more.
    """
    if tally.is_held or tally.decision is not None:
        return False
    apart = apart if tally.provider == ALL_PROVIDERS else 0
    unknown = tally.unknown - apart
    return unknown >= MIN_UNKNOWN and unknown >= RECHECK_GROWTH * (tally.weighed - apart)


def _weigh(
    session: Session,
    edition_id: int,
    grown: Collection[UnknownCount],
    *,
    provider_of: ProviderLookup,
    now: datetime,
) -> set[str]:
    """Compare with all answers; hold what is too much, and take back what was done for it."""
    answered = Counter[str]()
    for domain, count in queries.count_answered(session, edition_id).items():
        answered[provider_of(domain) if domain else ""] += count
    answered[ALL_PROVIDERS] = answered.total()
    held = set()
    # Whom a single provider explains is not counted against all readers once more.
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
        unknown_here = _unknown(session, edition_id, each.provider, provider_of)
        readers = [reader for theirs in unknown_here.values() for reader in theirs]
        since = queries.edition_frozen_at(session, edition_id)
        lifted = sum(
            suppress.lift_for_subscribers(session, some, reason=suppress.HARD_BOUNCE, since=since)
            for some in _parts(readers)
        )
        log.warning(
            "outcome.review_opened",
            edition=edition_id,
            unknown=each.unknown,
            answered=answered[each.provider],
            lifted=lifted,
        )
    return held


def _unknown(
    session: Session, edition_id: int, provider: str, provider_of: ProviderLookup
) -> dict[str, list[int]]:
    """Return who seemed to be unknown in an edition at a provider, or at each of all.

    Of a provider that an operator has decided about, nobody is among everybody any more.
    """
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
    """Return the provider of each reader; who was erased meanwhile has none."""
    domains = queries.domains_of(session, subscriber_ids)
    return {reader: provider_of(domain) for reader, domain in domains.items()}


def _parts(readers: list[int]) -> list[list[int]]:
    return [readers[start : start + CHUNK_SIZE] for start in range(0, len(readers), CHUNK_SIZE)]
