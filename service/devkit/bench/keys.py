"""A signing key for the time of a measurement."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from service.kit.errors import Invalid

KINDS = ("none", "ed25519", "rsa")
RSA_BITS = 2048
SELECTOR = "bench"


def check_kind(kind: str) -> None:
    """Raise Invalid when there is no such kind of key."""
    if kind not in KINDS:
        raise Invalid(f"--dkim is one of: {', '.join(KINDS)}.")


def make_key(kind: str, *, domain: str, folder: Path) -> str:
    """Write a private key and return the setting that names it; empty for `none`."""
    if kind == "none":
        return ""
    path = folder / "dkim.pem"
    path.touch(mode=0o600)
    path.write_bytes(
        _generate(kind).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return f"{domain}:{SELECTOR}:{path}"


def _generate(kind: str) -> Ed25519PrivateKey | RSAPrivateKey:
    if kind == "ed25519":
        return Ed25519PrivateKey.generate()
    return generate_private_key(public_exponent=65537, key_size=RSA_BITS)
