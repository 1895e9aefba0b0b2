"""Keys for a measurement are ones that Crieur signs with."""

import stat
from pathlib import Path

import pytest

from service.delivery.messages.dkim_keys import load_dkim_keys
from service.devkit.bench.keys import check_kind, make_key
from service.kit.errors import Invalid

DOMAIN = "bench.example.org"


@pytest.mark.parametrize(
    ("kind", "algorithm"), [("ed25519", "ed25519-sha256"), ("rsa", "rsa-sha256")]
)
def test_the_setting_names_a_key_that_crieur_loads(
    tmp_path: Path, kind: str, algorithm: str
) -> None:
    """A setting that the worker could not read would be noticed after the readers were written."""
    setting = make_key(kind, domain=DOMAIN, folder=tmp_path)

    (key,) = load_dkim_keys([setting]).of(DOMAIN)
    assert key.algorithm == algorithm
    assert key.name == "bench._domainkey.bench.example.org"


def test_nobody_else_on_the_machine_reads_the_key(tmp_path: Path) -> None:
    """The folder of a measurement may lie in a /tmp that everybody reads."""
    make_key("ed25519", domain=DOMAIN, folder=tmp_path)

    assert stat.S_IMODE((tmp_path / "dkim.pem").stat().st_mode) == 0o600


def test_no_signing_makes_no_key(tmp_path: Path) -> None:
    """The unsigned runs are the ones that others are compared with."""
    assert make_key("none", domain=DOMAIN, folder=tmp_path) == ""
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_kind_is_refused_with_those_there_are() -> None:
    """`--dkim md5` is refused before servers are started for it."""
    check_kind("rsa")

    with pytest.raises(Invalid, match="none, ed25519, rsa"):
        check_kind("md5")
