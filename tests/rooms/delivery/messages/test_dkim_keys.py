"""Every wrong key gives one sentence that names the setting and says what to do."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from service.delivery.messages.dkim_keys import (
    create_dkim_key,
    is_world_readable,
    key_path,
    load_dkim_keys,
)
from service.kit.errors import Misconfigured, OperationRefused
from tests.rooms.delivery.signing import an_ed25519_key, an_rsa_key

# Libraries no longer make keys this short; anybody can break it, so it is no secret.
SHORT = b"""-----BEGIN PRIVATE KEY-----
MIIBVgIBADANBgkqhkiG9w0BAQEFAASCAUAwggE8AgEAAkEAxWdHYeF78GI2jULR
zwigumlqQ09OIf42DR5lS7IZ15JkbD4ThjtHr4za3vwsjt1b+RE0HKKx8ESKbnQ+
VYqwRwIDAQABAkEAo6vIEa3lFyA3XtRiJShgK28vvfNJMwIVSrdDAYn/xy2RtkFg
79u8HGRTYECDJqB8SxLA62uaqqzg7lUBgxNt0QIhAPPdl8pJmpkkzldo37ZQLRwK
ZaJkQAeoLwYFQRKlAFWbAiEAzznXhcByALve/nXDWL9ANjqtNXHiPtXgQ1ouQyRP
cMUCIENp/Z0hLciqIRSO3FEk5uN6iFAVEJJNTvqGF1AVJvuDAiEAohHi9cClaN2G
cg04UtiBJ+iMPxhqkipD02lcdTaYyuECIQDkSedj1l7rVATHsjiEPtjRn38PO0Wp
dk2yQ6GlYpLI/g==
-----END PRIVATE KEY-----
"""


def _entry(folder: Path, pem: bytes) -> str:
    path = folder / "key.pem"
    path.write_bytes(pem)
    return f"news.example:s1:{path}"


@pytest.mark.parametrize("is_rsa", [True, False], ids=["rsa", "ed25519"])
def test_a_key_that_was_made_is_read_back_and_closed_to_others(
    tmp_path: Path, is_rsa: bool
) -> None:
    path = tmp_path / "key.pem"

    made = create_dkim_key(path, domain="News.example", selector="S1", is_rsa=is_rsa)

    (read,) = load_dkim_keys([f"news.example:s1:{path}"]).keys
    assert read.name == made.name == "s1._domainkey.news.example"
    assert read.algorithm == ("rsa-sha256" if is_rsa else "ed25519-sha256")
    assert read.sign(b"d" * 32) == made.sign(b"d" * 32)
    assert path.stat().st_mode & 0o777 == 0o600
    assert not is_world_readable(path)


def test_the_old_form_of_rsa_keys_is_read_too(tmp_path: Path) -> None:
    pem = an_rsa_key().private.private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
    )

    assert load_dkim_keys([_entry(tmp_path, pem)]).keys[0].algorithm == "rsa-sha256"


def test_two_selectors_of_one_domain_stay_in_order(tmp_path: Path) -> None:
    for name in ("b", "a"):
        create_dkim_key(tmp_path / name, domain="news.example", selector=name, is_rsa=False)

    keys = load_dkim_keys([f"news.example:{name}:{tmp_path / name}" for name in ("b", "a")])

    assert [key.selector for key in keys.of("news.example")] == ["b", "a"]


@pytest.mark.parametrize(
    "entry",
    [
        "",
        "news.example",
        "news.example:s1",
        "news.example:s1:",
        "example:s1:/k",
        "a..b:s:/k",
        "é.b:s:/k",
    ],
)
def test_an_entry_of_another_form_is_refused_with_an_example(entry: str) -> None:
    with pytest.raises(Misconfigured, match=r"domain:selector:/path/to/key\.pem.*such as"):
        load_dkim_keys([entry])


def test_the_same_selector_twice_is_refused(tmp_path: Path) -> None:
    create_dkim_key(tmp_path / "k", domain="news.example", selector="s1", is_rsa=False)
    entry = f"news.example:s1:{tmp_path / 'k'}"

    with pytest.raises(Misconfigured, match="twice"):
        load_dkim_keys([entry, entry])


def test_a_file_that_is_missing_or_a_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"none\.pem, which does not exist: make one"):
        load_dkim_keys([f"news.example:s1:{tmp_path}/none.pem"])
    with pytest.raises(Misconfigured, match="cannot be read"):
        load_dkim_keys([f"news.example:s1:{tmp_path}"])


def test_a_key_that_cannot_sign_is_refused_with_the_reason(tmp_path: Path) -> None:
    private = an_rsa_key().private
    locked = private.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")
    )
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    curve = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )

    for pem, reason in (
        (locked, "passphrase"),
        (public, "no private key"),
        (b"hello", "no private key"),
        (b"", "no private key"),
        (curve, "neither an RSA nor an ed25519 key"),
    ):
        with pytest.raises(Misconfigured, match=reason) as refused:
            load_dkim_keys([_entry(tmp_path, pem)])
        assert str(refused.value).startswith("CRIEUR_DKIM_KEYS names ")
        assert "secret" not in str(refused.value)


def test_an_rsa_key_that_receivers_do_not_take_is_refused(tmp_path: Path) -> None:
    long = rsa.generate_private_key(public_exponent=65537, key_size=4104)
    pem = long.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    for each, bits in ((SHORT, 512), (pem, 4104)):
        with pytest.raises(Misconfigured, match=f"{bits} bits: receivers take 1024 to 4096"):
            load_dkim_keys([_entry(tmp_path, each)])


def test_a_key_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_text("mine")

    with pytest.raises(OperationRefused, match="there already"):
        create_dkim_key(path, domain="news.example", selector="s1", is_rsa=False)
    with pytest.raises(OperationRefused, match="cannot be written"):
        create_dkim_key(tmp_path / "no" / "k", domain="news.example", selector="s1", is_rsa=False)
    with pytest.raises(OperationRefused, match=r"a domain such as example\.org"):
        create_dkim_key(tmp_path / "k", domain="news", selector="s1", is_rsa=False)

    assert path.read_text() == "mine"


def test_a_file_that_everybody_may_read_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.touch(mode=0o600)

    path.chmod(0o644)

    assert is_world_readable(path)
    assert key_path(f"news.example:s1:{path}") == path


def test_the_two_kinds_have_their_names() -> None:
    assert an_rsa_key().algorithm == "rsa-sha256"
    assert an_ed25519_key().algorithm == "ed25519-sha256"
