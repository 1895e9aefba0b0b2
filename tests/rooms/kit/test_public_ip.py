"""Which addresses are the open internet's, and which ports are the web's."""

import socket
import threading
import time
from datetime import timedelta

import pytest

from service.kit.fetch import fetch
from service.kit.fetch_guard import FetchFailed, FetchRefused
from service.kit.public_ip import is_public_ip


@pytest.mark.parametrize(
    "address",
    [
        "192.0.0.192", "192.88.99.1", "168.63.129.16", "64:ff9b:1::808:808", "::127.0.0.1",
        "::8.8.8.8", "fec0::1", "2001:2::1", "2001:db8::1", "3fff::1", "5f00::1", "100::1",
        "::ffff:0:127.0.0.1", "::ffff:0:808:808", "::fffe:7f00:1", "1::1", "200::1", "4000::1",
        "e000::1", "100:0:0:1::1", "64:ff9a::1",
        "2001:0:7f00:1::", "2606:4700::5efe:a00:1", "64:ff9b::a9fe:a9fe",
    ],
)  # fmt: skip
def test_special_ranges_are_nobodys_site(address: str) -> None:
    assert not is_public_ip(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "192.0.1.1", "2606:4700::1111", "64:ff9b::808:808"])
def test_others_are(address: str) -> None:
    assert is_public_ip(address)


@pytest.mark.parametrize("port", [22, 25, 5432, 6379, 8081])
def test_only_the_ports_of_the_web_are_asked(port: int) -> None:
    with pytest.raises(FetchRefused, match=f"Port {port}"):
        fetch(f"http://203.0.114.7:{port}/")


def test_a_name_server_that_is_silent_ends_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of ours is patched: the resolver is the machine's."""
    release = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: release.wait(30))
    began = time.monotonic()

    with pytest.raises(FetchFailed, match="in time"):
        fetch("http://courrier.example/", timeout=timedelta(seconds=0.3))

    assert time.monotonic() - began < 10
    release.set()
