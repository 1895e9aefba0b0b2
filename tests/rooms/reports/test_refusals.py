"""Refusals as people read them."""

from service.reports.refusals import (
    MAX_PROVIDERS,
    RefusalGroup,
    count_resendable,
    merge_small_groups,
)


def refused(provider: str, readers: int, *, reason: str = "policy") -> RefusalGroup:
    return RefusalGroup(
        fault="sender",
        reason=reason,
        provider=provider,
        readers=readers,
        again=readers,
        example="550 no",
    )


def test_the_smallest_of_many_providers_are_one_entry_and_nobody_is_lost() -> None:
    found = [refused(f"d{n}.example", 6000 - n) for n in range(5000)]
    found.append(refused("orange", 3, reason="quota"))

    short = merge_small_groups(found)

    assert len(short) == MAX_PROVIDERS + 2
    together = next(each for each in short if each.others)
    assert (together.others, together.provider) == (5000 - MAX_PROVIDERS, "")
    assert short[0] is together
    assert sum(each.readers for each in short) == sum(each.readers for each in found)
    assert count_resendable(short) == count_resendable(found)


def test_a_short_list_is_as_it_was() -> None:
    found = [refused(f"d{n}.example", 100 - n) for n in range(MAX_PROVIDERS + 1)]

    assert merge_small_groups(found) == found
