"""The doctor's questions to DNS, answered by a real server on 127.0.0.1."""

from collections.abc import Iterable
from pathlib import Path

from service.cli.check_result import CheckResult, CheckStatus
from service.cli.dns_checks import (
    check_bounce_domain,
    check_dkim_keys,
    check_key_files,
    check_sender_domain,
    make_resolver,
    query_dns,
)
from service.delivery.messages.dkim import DkimKeys
from service.delivery.messages.dkim_record import txt_record, zone_file_line
from tests.fakes.names import Names
from tests.rooms.delivery.signing import an_ed25519_key, an_rsa_key

RSA, ED = an_rsa_key(), an_ed25519_key()


def _strings(line: str) -> list[str]:
    return [line.partition("( ")[2].removesuffix(" )")]


def _only(findings: Iterable[CheckResult]) -> CheckResult:
    (finding,) = findings
    return finding


def test_published_keys_are_good_also_in_several_strings_and_over_tcp() -> None:
    records = {(key.name, "TXT"): _strings(zone_file_line(key)) for key in (RSA, ED)}

    with Names(records) as names:
        found = list(
            check_dkim_keys(names.resolver(), DkimKeys((RSA, ED)), senders=["news.example"])
        )

    assert [each.verdict for each in found] == [CheckStatus.GOOD, CheckStatus.GOOD]
    assert found[0].check == "DKIM key r1._domainkey.news.example"


def test_a_missing_key_is_bad_and_says_what_to_publish() -> None:
    with Names({}) as names:
        finding = _only(check_dkim_keys(names.resolver(), DkimKeys((ED,)), senders=[]))

    assert finding.verdict is CheckStatus.BAD
    assert txt_record(ED) in finding.advice


def test_another_key_under_the_name_is_bad() -> None:
    other = an_ed25519_key("other.example")

    with Names({(ED.name, "TXT"): [f'"{txt_record(other)}"']}) as names:
        finding = _only(check_dkim_keys(names.resolver(), DkimKeys((ED,)), senders=[]))

    assert finding.verdict is CheckStatus.BAD
    assert "another key" in finding.advice


def test_a_test_key_and_a_short_one_are_warnings() -> None:
    short = an_rsa_key(selector="short", bits=1024)
    record = txt_record(short).replace("p=", "t=y; p=")
    names = {(short.name, "TXT"): [f'"{record[:200]}" "{record[200:]}"']}

    with Names(names) as server:
        found = list(check_dkim_keys(server.resolver(), DkimKeys((short,)), senders=[]))

    assert [each.verdict for each in found] == [CheckStatus.WARNING, CheckStatus.WARNING]
    assert "t=y" in found[0].advice
    assert "1024 bits" in found[1].advice


def test_a_sender_without_a_key_is_a_warning() -> None:
    with Names({}) as names:
        finding = _only(check_dkim_keys(names.resolver(), DkimKeys(), senders=["news.example"]))

    assert finding.verdict is CheckStatus.WARNING
    assert "crieur dkim keygen --domain news.example" in finding.advice


def test_a_silent_dns_blames_nobodys_records() -> None:
    with Names({}, broken=True) as names:
        key = _only(check_dkim_keys(names.resolver(), DkimKeys((ED,)), senders=[]))
        mx, spf = check_bounce_domain(names.resolver(), "bounces.news.example")

    assert key.verdict is mx.verdict is spf.verdict is CheckStatus.WARNING
    assert "did not answer" in key.advice


def test_senders_need_spf_and_dmarc_and_bounces_an_mx() -> None:
    records = {
        ("news.example", "TXT"): ['"google-site-verification=x"', '"v=spf1 " "-all"'],
        ("_dmarc.news.example", "TXT"): ['"v=DMARC1; p=none"'],
        ("bounces.news.example", "MX"): ["10 mx.news.example."],
        ("bounces.news.example", "TXT"): ['"v=spf1 include:relay.example -all"'],
        ("relay.example", "TXT"): ['"v=spf1 ip4:192.0.2.0/24 -all"'],
    }

    with Names(records) as names:
        resolver = names.resolver()
        good = [
            *check_sender_domain(resolver, "news.example"),
            *check_bounce_domain(resolver, "bounces.news.example"),
        ]
        bad = [
            *check_sender_domain(resolver, "other.example"),
            *check_bounce_domain(resolver, "other.example"),
        ]
        assert "v=spf1 -all" in (query_dns(resolver, "news.example", "TXT") or [])

    assert {each.verdict for each in good} == {CheckStatus.GOOD}
    assert {each.verdict for each in bad} == {CheckStatus.WARNING}
    assert all(each.advice for each in bad)
    assert [each.check for each in bad][-2:] == ["MX of other.example", "SPF of other.example"]
    assert "return path" in bad[-1].advice


def test_a_key_file_that_everybody_may_read_is_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.touch(mode=0o600)
    entries = [f"news.example:s1:{path}", f"news.example:s2:{path}"]

    assert _only(check_key_files(entries)).verdict is CheckStatus.GOOD
    path.chmod(0o644)
    finding = _only(check_key_files(entries))

    assert finding.verdict is CheckStatus.WARNING
    assert f"chmod 600 {path}" in finding.advice


def test_a_machine_without_a_resolver_gets_one_that_finds_nothing() -> None:
    assert make_resolver().lifetime == 5
