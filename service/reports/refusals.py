"""Who was refused an edition: whose fault, why, at which mailbox provider, in which words."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from service.delivery.reasons import describe_reply
from service.delivery.workflow.queries import refusals as queries
from service.delivery.workflow.resend import RESENDABLE_FAULTS
from service.kit.db import Session

MAX_PROVIDERS = 20
"""So many providers are named of each fault and reason."""

ProviderOf = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalGroup:
    """Readers of one provider who were refused for one reason."""

    fault: str
    reason: str
    provider: str
    readers: int
    # How many of them may be sent the edition again.
    again: int
    # What was said to one of them, without the address.
    example: str
    # How many providers these are together, when they are the small ones of a long list.
    others: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return what `crieur edition refusals --json` prints."""
        values = asdict(self)
        values["count"] = values.pop("readers")
        values["example"] = str(describe_reply(self.example))
        del values["others"]
        return values


def list_refusals(
    session: Session, edition_id: int, *, provider_of: ProviderOf
) -> list[RefusalGroup]:
    """Return an edition's refusals, the largest groups first; `provider_of` knows domains."""
    found: dict[tuple[str, str, str], list[queries.RefusalGroupRow]] = defaultdict(list)
    for group in queries.refusal_groups(session, edition_id):
        # The domain of who was erased is not known any more.
        provider = provider_of(group.domain) if group.domain else ""
        found[group.fault, group.reason, provider].append(group)
    return sorted(
        (
            RefusalGroup(
                fault=fault,
                reason=reason,
                provider=provider,
                readers=sum(group.readers for group in groups),
                again=sum(group.again for group in groups),
                example=groups[0].reply,
            )
            for (fault, reason, provider), groups in found.items()
        ),
        key=_largest_first,
    )


def merge_small_groups(refusals: Sequence[RefusalGroup]) -> list[RefusalGroup]:
    """Return what fits on a page: of each fault and reason the smallest providers as one entry.

    A large list has readers at thousands of domains, and each may refuse in words of its own.
    """
    found: dict[tuple[str, str], list[RefusalGroup]] = defaultdict(list)
    for each in refusals:
        found[each.fault, each.reason].append(each)
    short = [each for group in found.values() for each in _shortened(group)]
    return sorted(short, key=_largest_first)


def _shortened(group: Sequence[RefusalGroup]) -> list[RefusalGroup]:
    named, small = list(group[:MAX_PROVIDERS]), group[MAX_PROVIDERS:]
    if len(small) <= 1:
        return list(group)
    together = replace(
        small[0],
        provider="",
        readers=sum(each.readers for each in small),
        again=sum(each.again for each in small),
        others=len(small),
    )
    return [*named, together]


def _largest_first(each: RefusalGroup) -> tuple[int, str, str, str]:
    return (-each.readers, each.fault, each.reason, each.provider)


def count_resendable(refusals: Sequence[RefusalGroup]) -> dict[str, int]:
    """Return how many readers may be sent the edition again, by whose fault; none are left out."""
    sums = {
        fault.value: sum(each.again for each in refusals if each.fault == fault)
        for fault in RESENDABLE_FAULTS
    }
    return {fault: count for fault, count in sums.items() if count}
