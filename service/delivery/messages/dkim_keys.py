"""DKIM keys on disk: read once when a process starts, and made by `crieur dkim keygen`."""

import os
from collections.abc import Iterable
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from service.delivery.messages.dkim import DkimKey, DkimKeys
from service.delivery.messages.dkim_record import is_domain, is_selector
from service.kit.errors import Misconfigured, OperationRefused

LEAST_BITS = 1024
"""Receivers must not accept less (RFC 8301 section 3.2)."""

MOST_BITS = 4096
"""Receivers need not be able to verify more (RFC 8301 section 3.2)."""

NEW_BITS = 2048


def load_dkim_keys(entries: Iterable[str]) -> DkimKeys:
    """Read every `domain:selector:/path/to/key.pem`.

    Raises:
        Misconfigured: an entry or its file cannot be used; the sentence says which and what to do.
    """
    keys: dict[str, DkimKey] = {}
    for entry in entries:
        key = _read_key(entry)
        if key.name in keys:
            raise Misconfigured(
                f"CRIEUR_DKIM_KEYS names {key.name} twice: give each key a selector of its own."
            )
        keys[key.name] = key
    return DkimKeys(tuple(keys.values()))


def is_world_readable(path: Path) -> bool:
    """Return whether more people than the owner and the group may read a key."""
    return bool(path.stat().st_mode & 0o007)


def key_path(entry: str) -> Path:
    """Return the file that an entry names."""
    return Path(entry.split(":", 2)[2])


def create_dkim_key(path: Path, *, domain: str, selector: str, is_rsa: bool) -> DkimKey:
    """Make a key and write it where only its owner may read it.

    Raises:
        OperationRefused: the names are none, the file exists, or it cannot be written.
    """
    if not is_domain(domain) or not is_selector(selector):
        raise OperationRefused(
            "Name a domain such as example.org and a selector such as crieur2026."
        )
    private = (
        generate_private_key(public_exponent=65537, key_size=NEW_BITS)
        if is_rsa
        else Ed25519PrivateKey.generate()
    )
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise OperationRefused(
            f"{path} is there already: choose another name, keys are kept."
        ) from None
    except OSError as error:
        raise OperationRefused(f"{path} cannot be written: {error.strerror}.") from None
    with os.fdopen(opened, "wb") as file:
        file.write(pem)
    return DkimKey(domain=domain.lower(), selector=selector.lower(), private=private)


def _read_key(entry: str) -> DkimKey:
    domain, selector, name = ([*entry.split(":", 2), "", ""])[:3]
    if not is_domain(domain) or not is_selector(selector) or not name:
        raise Misconfigured(
            "CRIEUR_DKIM_KEYS must hold domain:selector:/path/to/key.pem, several separated by "
            "spaces, such as example.org:crieur2026:/etc/crieur/dkim.pem."
        )
    private = _load(name, _read_file(name))
    if isinstance(private, RSAPrivateKey):
        if not LEAST_BITS <= private.key_size <= MOST_BITS:
            raise _unusable(
                name,
                f"is an RSA key of {private.key_size} bits: receivers take {LEAST_BITS} to "
                f"{MOST_BITS}, and {NEW_BITS} is what to use",
            )
    elif not isinstance(private, Ed25519PrivateKey):
        raise _unusable(name, "is neither an RSA nor an ed25519 key")
    return DkimKey(domain=domain.lower(), selector=selector.lower(), private=private)


def _read_file(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except FileNotFoundError:
        raise _unusable(
            name, "does not exist: make one with 'crieur dkim keygen', or correct the path"
        ) from None
    except OSError as error:
        raise _unusable(
            name, f"cannot be read ({error.strerror}): name a file that Crieur's user may read"
        ) from None


def _load(name: str, pem: bytes) -> PrivateKeyTypes:
    try:
        return load_pem_private_key(pem, password=None)
    except TypeError:
        raise _unusable(
            name,
            "is protected by a passphrase: write it without one, "
            "with 'openssl pkey -in FILE -out FILE'",
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise _unusable(
            name, "is no private key in PEM form: make one with 'crieur dkim keygen'"
        ) from None


def _unusable(name: str, why: str) -> Misconfigured:
    return Misconfigured(f"CRIEUR_DKIM_KEYS names {name}, which {why}.")
