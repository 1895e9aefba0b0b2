"""Pure: the published half of a DKIM key: written for DNS, read from it, compared with ours.

Reading is as tolerant as receivers are (RFC 6376 sections 3.2 and 3.6.1): unknown tags are
ignored, white space does not matter, and strings of one record are joined as they come.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from service.delivery.messages.dkim import DkimKey

LONGEST_STRING = 255
_LABEL = r"[a-zA-Z0-9_](?:[a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_])?"
_DOMAIN = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})+")
_SELECTOR = re.compile(rf"(?=.{{1,63}}$){_LABEL}(?:\.{_LABEL})*")
_TAG = re.compile(r"[a-zA-Z][a-zA-Z0-9_]*")
_WHITE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class DkimRecordProblem:
    """What is wrong or odd with a published key, and what to do; `is_bad` breaks signatures."""

    is_bad: bool
    advice: str


def is_domain(text: str) -> bool:
    """Return whether this can be `d=`: at least two labels, in ASCII."""
    return _DOMAIN.fullmatch(text) is not None


def is_selector(text: str) -> bool:
    """Return whether this can be `s=`: one or more labels."""
    return _SELECTOR.fullmatch(text) is not None


def txt_record(key: DkimKey) -> str:
    """Return the content of the TXT record."""
    kind = "rsa" if isinstance(key.private, RSAPrivateKey) else "ed25519"
    return f"v=DKIM1; k={kind}; p={b64encode(_published(key)[0]).decode()}"


def zone_file_line(key: DkimKey) -> str:
    """Return the record as a line of a zone file, its text in strings of at most 255 octets."""
    text = txt_record(key)
    starts = range(0, len(text), LONGEST_STRING)
    strings = " ".join(f'"{text[start : start + LONGEST_STRING]}"' for start in starts)
    return f"{key.name}. IN TXT ( {strings} )"


def check_published_key(key: DkimKey, records: Sequence[str]) -> list[DkimRecordProblem]:
    """Compare what DNS answers for `key.name`, each record's strings joined, with our key."""
    where = f"The TXT record {key.name}"
    ours = txt_record(key)
    if not records:
        return [
            DkimRecordProblem(is_bad=True, advice=f"Publish the TXT record {key.name} as '{ours}'.")
        ]
    if len(records) > 1:
        return [
            DkimRecordProblem(
                is_bad=True,
                advice=f"There are {len(records)} TXT records {key.name}, and receivers may take "
                f"any: leave one, '{ours}'.",
            )
        ]
    tags = parse_tags(records[0])
    if tags is None or tags.get("v", "DKIM1") != "DKIM1":
        return [
            DkimRecordProblem(
                is_bad=True, advice=f"{where} is no DKIM key: replace it by '{ours}'."
            )
        ]
    return [*_compare_key(key, tags, where=where, ours=ours), *_look_at_flags(tags, where=where)]


def parse_tags(text: str) -> dict[str, str] | None:
    """Read `tag=value; tag=value`; None when it is no such list, or a tag stands there twice."""
    tags: dict[str, str] = {}
    for part in text.split(";"):
        if not part.strip():
            continue
        name, separator, value = part.partition("=")
        name = name.strip()
        if not separator or not _TAG.fullmatch(name) or name in tags:
            return None
        tags[name] = value.strip()
    return tags


def _compare_key(
    key: DkimKey, tags: dict[str, str], *, where: str, ours: str
) -> list[DkimRecordProblem]:
    published = _WHITE.sub("", tags.get("p", ""))
    kind = "rsa" if isinstance(key.private, RSAPrivateKey) else "ed25519"
    if "p" in tags and not published:
        advice = (
            f"{where} says that this key is revoked (p= is empty): "
            "make a new key with a new selector, or take this one out of CRIEUR_DKIM_KEYS."
        )
    elif tags.get("k", "rsa").lower() != kind:
        advice = f"{where} must say k={kind}: publish '{ours}'."
    elif _decode(published) not in _published(key):
        advice = f"{where} holds another key than ours: publish '{ours}', or name the right file."
    else:
        return []
    return [DkimRecordProblem(is_bad=True, advice=advice)]


def _look_at_flags(tags: dict[str, str], *, where: str) -> list[DkimRecordProblem]:
    remarks = []
    hashes = _words(tags.get("h", "sha256"))
    if "sha256" not in hashes:
        remarks.append(
            DkimRecordProblem(is_bad=True, advice=f"{where} must allow sha256: take its h= away.")
        )
    if not _words(tags.get("s", "*")) & {"*", "email"}:
        remarks.append(
            DkimRecordProblem(is_bad=True, advice=f"{where} must allow mail: take its s= away.")
        )
    if "y" in _words(tags.get("t", "")):
        remarks.append(
            DkimRecordProblem(
                is_bad=False,
                advice=f"{where} says that it is a test (t=y), so receivers may ignore it: "
                "take t=y away once all is well.",
            )
        )
    return remarks


def _words(value: str) -> set[str]:
    return {word.strip().lower() for word in value.split(":")}


def _published(key: DkimKey) -> tuple[bytes, ...]:
    """Return the forms in which receivers take the public key, ours first.

    RSA keys are published as SubjectPublicKeyInfo by nearly everybody, although RFC 6376 says
    RSAPublicKey; ed25519 keys are the 32 bytes themselves (RFC 8463 section 4).
    """
    public = key.private.public_key()
    if isinstance(key.private, RSAPrivateKey):
        return (
            public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
            public.public_bytes(Encoding.DER, PublicFormat.PKCS1),
        )
    return (public.public_bytes(Encoding.Raw, PublicFormat.Raw),)


def _decode(text: str) -> bytes | None:
    try:
        return b64decode(text, validate=True)
    except (Error, ValueError):
        return None
