"""What the journal's ids are called today: the trail itself keeps ids only, never an address."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from service.accounts.audit import AuditRecord
from service.kit.db import Session
from service.reports.queries import audit_labels as queries


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLabel:
    """What an id stands for."""

    # None when it has no name: a reader who was erased, an edition without a subject yet.
    name: str | None
    # The newsletter whose pages tell more of it, while it has pages.
    newsletter: str | None = None


AuditLabels = Mapping[tuple[str, int], AuditLabel]
"""By the name of the fact and the id."""


def load_labels(session: Session, entries: Sequence[AuditRecord]) -> AuditLabels:
    """Look up what some lines are about, in a statement for each kind of thing at most."""
    wanted: defaultdict[str, set[int]] = defaultdict(set)
    for entry in entries:
        for fact, value in entry.facts.items():
            if fact in _LOOK_UP and isinstance(value, int):
                wanted[fact].add(value)
    return {
        (fact, number): named
        for fact, ids in wanted.items()
        for number, named in _LOOK_UP[fact](session, ids).items()
    }


def _newsletters(session: Session, ids: Collection[int]) -> dict[int, AuditLabel]:
    found = queries.newsletters(session, ids)
    return {each: AuditLabel(name=name, newsletter=slug) for each, (name, slug) in found.items()}


def _editions(session: Session, ids: Collection[int]) -> dict[int, AuditLabel]:
    found = queries.editions(session, ids)
    return {
        each: AuditLabel(name=subject, newsletter=newsletter)
        for each, (subject, newsletter) in found.items()
    }


def _feeds(session: Session, ids: Collection[int]) -> dict[int, AuditLabel]:
    found = queries.feeds(session, ids)
    return {each: AuditLabel(name=name, newsletter=slug) for each, (name, slug) in found.items()}


def _plain(
    look_up: Callable[[Session, Collection[int]], Mapping[int, str | None]],
) -> Callable[[Session, Collection[int]], dict[int, AuditLabel]]:
    def named(session: Session, ids: Collection[int]) -> dict[int, AuditLabel]:
        return {each: AuditLabel(name=name) for each, name in look_up(session, ids).items()}

    return named


_LOOK_UP: dict[str, Callable[[Session, Collection[int]], dict[int, AuditLabel]]] = {
    "newsletter_id": _newsletters,
    "edition_id": _editions,
    "article_id": _plain(queries.articles),
    "feed_id": _feeds,
    "key_id": _plain(queries.keys),
    "operator_id": _plain(queries.operators),
    "subscriber_id": _plain(queries.subscribers),
}
