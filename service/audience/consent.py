"""Consent proofs: action, time, the text that was shown, truncated network.

The controller must be able to demonstrate that a reader has consented (GDPR, article 7(1)), and
that they were informed. So the consent text is stored as the page showed it, in its language, and
not only a hash of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b

from service.audience import queries
from service.audience.network import truncate_ip
from service.audience.tables import Consent, ConsentTextRow
from service.kit.db import Session

_LONGEST_KEY = 60


class ConsentAction(StrEnum):
    """What a reader did, or an operator who has a proof."""

    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    CHANGED = "changed"
    ENDED = "ended"
    IMPORTED = "imported"


class ConsentSource(StrEnum):
    """Where an action was taken."""

    FORM = "form"
    EMBEDDED = "embedded"
    # A form of the publisher's own: its text is unknown here.
    OWN_FORM = "own-form"
    CONFIRMATION = "confirmation"
    PREFERENCES = "preferences"
    PAGE = "page"
    ONE_CLICK = "one-click"
    COMPLAINT = "complaint"
    OPERATOR = "operator"
    ERASURE = "erasure"


@dataclass(frozen=True, slots=True)
class ConsentText:
    """What a page said beside the button that the reader pressed."""

    text: str
    language: str

    @property
    def key(self) -> str:
        """The language and a hash: the same text has the same key everywhere."""
        return f"{self.language}-{blake2b(self.text.encode(), digest_size=16).hexdigest()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentOrigin:
    """Where an action came from; the IP address is truncated to its network."""

    words: ConsentText | None = None
    source: ConsentSource | None = None
    address: str | None = None
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def network(self) -> str | None:
        """The network that the action came from: a /24 or /48, None if unknown."""
        return truncate_ip(self.address)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentProof:
    """One action in a subscription's history, as it can be presented as a proof."""

    subscription_id: int
    at: datetime
    act: str
    # A value of `ConsentSource`; None if it was not stored.
    source: str | None
    network: str | None
    # The consent text and its language; None if no text was shown or stored.
    words: str | None
    language: str | None
    # The key of the text; without a text, one was shown but not stored.
    text_version: str | None
    # Which confirmation message of the subscription was sent or answered: its generation.
    request: int | None
    # When its token expired.
    valid_until: datetime | None
    # Whether a section mask was stored with the action, and which; None means all sections.
    has_choice: bool
    section_mask: int | None
    # A value of `Frequency`; None if it was not stored with the action.
    frequency: str | None
    # Whether alerts were chosen; None if that was not stored with the action.
    alerts: bool | None
    # Where the operator keeps the proof.
    evidence: str | None


UNKNOWN_ORIGIN = ConsentOrigin()


def record(
    session: Session,
    subscription_id: int,
    act: ConsentAction,
    *,
    now: datetime,
    origin: ConsentOrigin,
    facts: Mapping[str, object] | None = None,
) -> None:
    """Store the proof of one action; `facts` are added to those of its origin."""
    words = origin.words
    if words is not None:
        queries.add_consent_text(
            session,
            {
                "key": words.key,
                "language": words.language,
                "words": words.text,
                "kept_since": now,
            },
        )
    source = {} if origin.source is None else {"source": origin.source.value}
    queries.record_consent(
        session,
        Consent(
            subscription_id=subscription_id,
            at=now,
            act=act,
            text_key=words.key if words else None,
            network=origin.network,
            facts={**source, **origin.facts, **(facts or {})},
        ),
    )


def find_consent_text(session: Session, key: str) -> ConsentText | None:
    """Return a consent text by its key, if a reader has acted on it before."""
    # A longer value is not one of our keys.
    found = queries.consent_text(session, key) if len(key) <= _LONGEST_KEY else None
    return ConsentText(found.words, found.language) if found else None


def list_proofs(session: Session, subscription_ids: Sequence[int]) -> list[ConsentProof]:
    """Return the proofs of some subscriptions, the oldest first."""
    return [
        _proof(consent, text) for consent, text in queries.consents_of(session, subscription_ids)
    ]


def _proof(row: Consent, text: ConsentTextRow | None) -> ConsentProof:
    facts = row.facts
    own_words = facts.get("text")
    version = row.text_key or row.text_version
    until = facts.get("valid_until")
    return ConsentProof(
        subscription_id=row.subscription_id,
        at=row.at,
        act=row.act,
        source=facts.get("source") or facts.get("by") or _source_of(row),
        network=row.network,
        words=text.words if text else own_words,
        language=text.language if text else (version or "").partition("-")[0] or None,
        text_version=version,
        request=facts.get("request"),
        valid_until=datetime.fromisoformat(until) if until else None,
        has_choice="section_mask" in facts,
        section_mask=facts.get("section_mask"),
        frequency=facts.get("frequency"),
        alerts=facts.get("alerts"),
        evidence=facts.get("proof"),
    )


def _source_of(row: Consent) -> str | None:
    """Return the source of an older proof, as far as the action implies it."""
    match row.act:
        case ConsentAction.CONFIRMED:
            return ConsentSource.CONFIRMATION.value
        case ConsentAction.CHANGED:
            return ConsentSource.PREFERENCES.value
        case ConsentAction.IMPORTED:
            return ConsentSource.OPERATOR.value
        case _:
            return None
