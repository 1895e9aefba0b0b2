"""Pure: DKIM signatures (RFC 6376, RFC 8463) over messages that differ in a few words only.

All copies of a composed message share most of their header and a long beginning of their body. That
is canonicalised and hashed once; a copy adds what follows the first token, and one signature per
key. The same copy always gets the same signature: both algorithms are deterministic and `t=` is
the moment of the edition, so a repeated message has the same bytes.

There is no `l=`, which would let strangers append to a signed message, and no `x=`: a message that
is late in a queue should not fail for it.
"""

import re
from binascii import b2a_base64
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256

LINE = 76
OVERSIGNED = (
    "from",
    "reply-to",
    "to",
    "cc",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "list-unsubscribe",
    "list-unsubscribe-post",
)
"""Named once more than they occur: another one of them breaks the signature (section 8.15).

Not List-Id, Sender and Feedback-ID: mailing lists and relays add theirs in good faith.
"""
_WHITE = re.compile(rb"[ \t]+")
_WHITE_AT_END = re.compile(rb"[ \t]+(?=\r\n)")
_NEXT_FIELD = re.compile(rb"\r\n(?![ \t])")
_PADDING = PKCS1v15()
_HASHED = Prehashed(SHA256())


@dataclass(frozen=True, slots=True, kw_only=True)
class DkimKey:
    """A private key, and the name under which its public half is published."""

    domain: str
    selector: str
    private: RSAPrivateKey | Ed25519PrivateKey = field(repr=False)

    @property
    def algorithm(self) -> str:
        """Return the value of `a=`."""
        is_rsa = isinstance(self.private, RSAPrivateKey)
        return "rsa-sha256" if is_rsa else "ed25519-sha256"

    @property
    def name(self) -> str:
        """Return where the public half stands in DNS."""
        return f"{self.selector}._domainkey.{self.domain}"

    def sign(self, digest: bytes) -> bytes:
        """Sign a SHA-256 digest; ed25519 takes the digest as its message (RFC 8463 section 3)."""
        if isinstance(self.private, RSAPrivateKey):
            return self.private.sign(digest, _PADDING, _HASHED)
        return self.private.sign(digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class DkimSigning:
    """With what, and as of when, the copies of a message are signed; the moment has a zone."""

    keys: Sequence[DkimKey]
    at: datetime


@dataclass(frozen=True, slots=True)
class DkimKeys:
    """Every key of this process."""

    keys: tuple[DkimKey, ...] = ()

    def of(self, domain: str) -> tuple[DkimKey, ...]:
        """Return the keys for a sender's domain, in the order of the settings."""
        return tuple(key for key in self.keys if key.domain == domain.lower())

    def signing(self, domain: str, *, at: datetime) -> DkimSigning | None:
        """Return how this sender's messages are signed; None means not at all."""
        keys = self.of(domain)
        return DkimSigning(keys=keys, at=at) if keys else None


class DkimSigner:
    """Signs the copies of one composed message."""

    def __init__(
        self, head: bytes, body: bytes, *, placeholder: bytes, signing: DkimSigning
    ) -> None:
        """Hash what all copies share.

        `head` has all fields but To and Message-ID, which `sign` is given. White space next to a
        placeholder is as it will be next to a token.
        """
        fields = [_relax_field(each) for each in _NEXT_FIELD.split(head.removesuffix(b"\r\n"))]
        fixed = [each for each in fields if not (placeholder and placeholder in each)]
        own = [each for each in fields if placeholder and placeholder in each]
        self._fields = sha256(b"".join(fixed))
        # The personal fields come last in `h=`, so that the hash of the others can be shared.
        self._own = _cut(b"".join(own), placeholder)
        first, *rest = _cut(_relax_body(body), placeholder)
        self._body = sha256(first)
        self._rest = (b"", *rest) if rest else ()
        self._body_hash = _base64(self._body.digest())
        names = [_name_of(each) for each in (*fixed, *own)]
        lists = _fold_list(_names_to_sign([*names, "to", "message-id"]))
        self._marks = [_Mark(key, _write_tags(key, lists, signing.at)) for key in signing.keys]

    def sign(self, token: bytes, *, to: bytes, message_id: bytes) -> bytes:
        """Return the DKIM-Signature fields of a copy, to be put before everything else.

        `to` and `message_id` are the values of these fields as they stand in the copy, without
        white space.
        """
        body_hash = self._hash_body(token)
        shared = self._fields.copy()
        shared.update(b"%bto:%b\r\nmessage-id:%b\r\n" % (token.join(self._own), to, message_id))
        written = []
        for mark in self._marks:
            fields = shared.copy()
            fields.update(mark.hashed(body_hash))
            written.append(mark.write(body_hash, fields.digest()))
        return b"".join(written)

    def _hash_body(self, token: bytes) -> bytes:
        if not self._rest:
            return self._body_hash
        body = self._body.copy()
        body.update(token.join(self._rest))
        return _base64(body.digest())


class _Mark:
    """One key's field: what of it is the same in every copy."""

    def __init__(self, key: DkimKey, tags: bytes) -> None:
        self._key = key
        self._written = b"DKIM-Signature: " + tags
        self._hashed = _relax_field(self._written)[: -len(b"\r\n")]

    def hashed(self, body_hash: bytes) -> bytes:
        """Return the field as it is signed itself: last, with an empty `b=` (section 3.7)."""
        return b"%b%b; b=" % (self._hashed, body_hash)

    def write(self, body_hash: bytes, digest: bytes) -> bytes:
        """Return the field with its signature."""
        signature = _base64(self._key.sign(digest))
        lines = [signature[start : start + LINE] for start in range(0, len(signature), LINE)]
        return b"%b%b;\r\n b=%b\r\n" % (self._written, body_hash, b"\r\n ".join(lines))


def _write_tags(key: DkimKey, names: str, at: datetime) -> bytes:
    """Write the tags before the value of `bh=`."""
    tags = (
        f"v=1; a={key.algorithm}; c=relaxed/relaxed; t={int(at.timestamp())};\r\n"
        f" d={key.domain};\r\n s={key.selector};\r\n h={names};\r\n bh="
    )
    return tags.encode("ascii")


def _names_to_sign(present: Sequence[str]) -> list[str]:
    """Return every field that is there, then those of which there may be no further one."""
    counted = Counter(present)
    # A verifier takes several fields of a name from the bottom up, so the order among those that
    # are there is theirs, and the extra names find nothing, which counts as the empty string.
    if any(count > 1 for count in counted.values()):
        raise ValueError("a header field to be signed occurs twice")
    return [*present, *OVERSIGNED]


def _fold_list(names: Sequence[str]) -> str:
    lines = [names[0]]
    for name in names[1:]:
        if len(lines[-1]) + len(name) + 5 > LINE:
            lines[-1] += ":"
            lines.append(name)
        else:
            lines[-1] += f":{name}"
    return "\r\n ".join(lines)


def _relax_field(raw: bytes) -> bytes:
    """Return a field in the relaxed form, with its line end (RFC 6376 section 3.4.2)."""
    name, _, value = raw.partition(b":")
    flat = _WHITE.sub(b" ", value.replace(b"\r\n", b""))
    return name.strip().lower() + b":" + flat.strip(b" ") + b"\r\n"


def _relax_body(raw: bytes) -> bytes:
    """Return a body in the relaxed form (RFC 6376 section 3.4.4)."""
    lines = _WHITE.sub(b" ", _WHITE_AT_END.sub(b"", raw))
    while lines.endswith(b"\r\n\r\n"):
        lines = lines[:-2]
    return b"" if lines == b"\r\n" else lines


def _cut(text: bytes, placeholder: bytes) -> list[bytes]:
    return text.split(placeholder) if placeholder else [text]


def _name_of(field: bytes) -> str:
    return field.partition(b":")[0].decode("ascii")


def _base64(raw: bytes) -> bytes:
    return b2a_base64(raw, newline=False)
