"""Finished variants make room for newer ones."""

from service.delivery.leasing.queries.deliveries import ClaimedDelivery
from service.delivery.messages.compose import PreparedMessage
from service.delivery.variant_cache import VariantCache, VariantKey

KEY = VariantKey(1, 0b1)


def a_variant(weight: int) -> PreparedMessage:
    return PreparedMessage(pieces=(), places=(), ready=True, weight=weight, signer=None)


def test_a_reader_in_the_sample_gets_another_variant_than_the_others() -> None:
    reader = ClaimedDelivery(1, 0b1, 0, 0, 0, "a@example.org", "a@example.org")

    assert VariantKey.of(reader) == KEY
    assert VariantKey.of(reader._replace(is_sample=True)) != KEY
    assert VariantKey.of(reader._replace(subject=2)) != KEY


def test_the_oldest_makes_room() -> None:
    cache = VariantCache(10)
    second = KEY._replace(subject=2)

    cache.keep(KEY, a_variant(6))
    cache.keep(second, a_variant(6))

    assert cache.find(KEY) is None
    assert cache.find(second) == a_variant(6)


def test_one_that_is_there_is_kept_once() -> None:
    cache = VariantCache(10)

    for _ in range(3):
        cache.keep(KEY, a_variant(6))

    assert cache.find(KEY) == a_variant(6)
