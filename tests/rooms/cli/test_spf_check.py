"""SPF records that are there and that no receiver can use are found before a receiver does."""

import pytest

from service.cli.check_result import CheckStatus
from service.cli.spf_check import check_spf

RELAY = {"relay.example": ["v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all"]}
CHAIN = {f"c{n}.example": [f"v=spf1 include:c{n + 1}.example -all"] for n in range(12)}


@pytest.mark.parametrize(
    "record",
    [
        "v=spf1 include:relay.example -all",
        "v=spf1 include:relay.example. ~all",
        "V=SPF1 INCLUDE:relay.example ?ALL",
        "v=spf1 redirect=relay.example",
        "v=spf1  ip4:192.0.2.1   -all ",
        "v=spf1 a mx -all",
        "v=spf1 a:mail.example/24 mx/28 a//64 ~all",
        "v=spf1 +include:relay.example",
        "v=spf1 exists:%{i}.spf.example include:%{d}.relay.example -all",
        "v=spf1 ip4:192.0.2.1 exp=why.example x-note=1 -all",
    ],
)
def test_every_shape_that_receivers_can_use_is_good(record: str) -> None:
    zone = {"b.example": ["google-site-verification=x", "v=spf10 -all", record], **RELAY}

    assert check_spf("b.example", lambda name: zone.get(name, [])).verdict is CheckStatus.GOOD


@pytest.mark.parametrize(
    ("records", "verdict", "advice"),
    [
        ([], CheckStatus.WARNING, "Add a TXT record"),
        (["v=spf10 -all", "spf1 -all", "v=spf1;-all"], CheckStatus.WARNING, "Add a TXT record"),
        (
            ["v=spf1 include:relay.example -all", "v=spf1 a -all"],
            CheckStatus.BAD,
            "has 2 SPF records; make them one",
        ),
        (["v=spf1 include:gone.example -all"], CheckStatus.BAD, "gone.example, which it leads to"),
        (["v=spf1 redirect=gone.example"], CheckStatus.BAD, "gone.example, which it leads to"),
        (["v=spf1 include: -all"], CheckStatus.BAD, "has no domain"),
        (["v=spf1 include:relay.example, -all"], CheckStatus.BAD, "has no SPF record"),
        (["v=spf1 ipv4:192.0.2.1 -all"], CheckStatus.BAD, "“ipv4:192.0.2.1”"),
        (["v=spf1 include:c0.example -all"], CheckStatus.BAD, "more than 10 DNS lookups"),
        (["v=spf1 include:b.example -all"], CheckStatus.BAD, "more than 10 DNS lookups"),
        (["v=spf1 +all"], CheckStatus.BAD, "allows everybody to send"),
        (["v=spf1 include:relay.example all"], CheckStatus.BAD, "allows everybody to send"),
        (["v=spf1 -all"], CheckStatus.BAD, "allows no server to send"),
        (["v=spf1"], CheckStatus.BAD, "allows no server to send"),
        (["v=spf1 ptr -all"], CheckStatus.WARNING, "remove it"),
        (["v=spf1 ptr:x.example mx -all"], CheckStatus.WARNING, "remove it"),
    ],
)
def test_a_record_that_helps_nobody_comes_with_what_to_do(
    records: list[str], verdict: CheckStatus, advice: str
) -> None:
    zone = {"b.example": records, **RELAY, **CHAIN}

    found = check_spf("b.example", lambda name: zone.get(name, []))

    assert found.verdict is verdict
    assert advice in found.advice


def test_a_sender_from_whose_domain_nothing_returns_may_let_nobody_send() -> None:
    found = check_spf("b.example", lambda _: ["v=spf1 -all"], sends=False)

    assert found.verdict is CheckStatus.GOOD


@pytest.mark.parametrize("silent", ["b.example", "relay.example"])
def test_a_silent_dns_blames_no_record(silent: str) -> None:
    zone = {"b.example": ["v=spf1 include:relay.example -all"], **RELAY}

    found = check_spf("b.example", lambda name: None if name == silent else zone.get(name, []))

    assert found.verdict is (CheckStatus.WARNING if silent == "b.example" else CheckStatus.GOOD)
