"""DKIM keys for tests, and the verifier that is not ours."""

from collections.abc import Iterable
from functools import cache

import dkim
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from service.delivery.messages.dkim import DkimKey
from service.delivery.messages.dkim_record import txt_record


@cache
def an_rsa_key(domain: str = "news.example", selector: str = "r1", bits: int = 2048) -> DkimKey:
    private = generate_private_key(public_exponent=65537, key_size=bits)
    return DkimKey(domain=domain, selector=selector, private=private)


@cache
def an_ed25519_key(domain: str = "news.example", selector: str = "e1") -> DkimKey:
    return DkimKey(domain=domain, selector=selector, private=Ed25519PrivateKey.generate())


def verdicts(raw: bytes, keys: Iterable[DkimKey]) -> list[bool]:
    """Ask dkimpy about each DKIM-Signature field, from the top, with these keys in DNS."""
    records = {f"{key.name}.".encode(): txt_record(key).encode() for key in keys}
    head, _, _ = raw.partition(b"\r\n\r\n")
    count = sum(line.lower().startswith(b"dkim-signature:") for line in head.split(b"\r\n"))
    return [_is_valid(raw, index, records) for index in range(count)]


def _is_valid(raw: bytes, index: int, records: dict[bytes, bytes]) -> bool:
    def look_up(name: bytes, timeout: int = 5) -> bytes | None:
        return records.get(name)

    try:
        return bool(dkim.DKIM(raw).verify(idx=index, dnsfunc=look_up))
    except dkim.DKIMException:
        return False
