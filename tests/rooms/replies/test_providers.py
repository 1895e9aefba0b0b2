import pytest

from service.replies import classify, providers
from service.replies.classification import Fault

FILE = """
name = "Example"
source = "https://postmaster.example/codes"
checked = 2026-11-29
shown_by = ["mx.example"]

[[answer]]
says = ['\\bxy_416\\b']
unmistakable = true
reason = "userunknown"

[[answer]]
texts = ["go away"]
reason = "blocked"
"""


@pytest.mark.parametrize(
    ("reply", "fault", "reason", "hard"),
    [
        ("550 5.2.0 Mail rejete. Mail rejected. OFR_506 [506]", "sender", "spamdetected", False),
        ("550 5.1.0 Adresse invalide. OFR204_416 [416]", "reader", "userunknown", True),
        ("552 5.2.2 Boite pleine. OFR_417 [417]", "reader", "mailboxfull", False),
        ("550 5.5.0 Le compte est bloque. LPN007_426", "reader", "suspend", False),
        ("550 5.5.0 Service refuse. LPN001_108", "sender", "blocked", False),
        ("554 5.7.1 Client host rejected: abus detecte GU_EIB_04", "sender", "blocked", False),
        ("554 IP=192.0.2.1 - A problem occurred. (BL)", "sender", "blocked", False),
        ("550 5.4.1 Recipient address rejected: Access denied. AS(1) [x.prod.outlook.com]",
         "reader", "userunknown", True),
        ("550 5.7.509 Access denied, sending domain is bad [x.outlook.com]", "sender",
         "authfailure", False),
        ("452 4.2.2 The email account that you tried to reach is over quota - gsmtp", "reader",
         "mailboxfull", False),
        ("451 Internal resources are temporarily unavailable", "sender", "speeding", False),
        ("550 Mailbox unavailable or access denied. http://service.mail.qq.com/x", "sender",
         "speeding", False),
        ("550 cuda_nsu no such address here", "reader", "userunknown", True),
        ("550 5.7.1 [BL21] Connections not accepted", "sender", "blocked", False),
        ("553 sorry, that recipient isn't in my validrcptto list (#5.7.1)", "reader",
         "userunknown", True),
    ],
)  # fmt: skip
def test_a_providers_own_code_says_more_than_its_words(
    reply: str, fault: str, reason: str, *, hard: bool
) -> None:
    verdict = classify.classify_refusal(reply)

    assert (verdict.fault, verdict.reason, verdict.hard) == (fault, reason, hard)


def test_the_same_words_of_another_host_mean_nothing_of_the_kind() -> None:
    from_microsoft = "550 5.4.1 Recipient address rejected: Access denied [x.outlook.com]"
    from_elsewhere = "550 5.4.1 Recipient address rejected: Access denied [mx.example.net]"

    assert classify.classify_refusal(from_microsoft).hard
    assert not classify.classify_refusal(from_elsewhere).hard


def test_every_file_names_its_source_and_what_shows_the_provider() -> None:
    for provider in providers.load_providers():
        assert provider.source.startswith("http")
        assert provider.shown_by
        assert all(mark == mark.lower() for mark in provider.shown_by)
        assert provider.answers


def test_only_a_readers_fault_is_ever_hard() -> None:
    meanings = [each for provider in providers.load_providers() for each in provider.answers]

    assert all(each.fault is Fault.READER for each in meanings if each.hard)


def test_a_good_file_is_read() -> None:
    provider = providers.ProviderRules.parse(FILE)

    assert (provider.name, len(provider.answers)) == ("Example", 2)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("https://postmaster.example/codes", "", "Example names no source"),
        ("checked = 2026-11-29", "", "Example does not say when"),
        ('reason = "blocked"', 'reason = "bloked"', "unknown reason 'bloked'"),
        ('texts = ["go away"]', 'text = ["go away"]', "unknown keys: text"),
        ('texts = ["go away"]', "", "nothing that it could be known by"),
        (r"\bxy_416\b", "xy_[0-9]*", "bound every repetition"),
        (r"\bxy_416\b", "XY_416", "write it in lower case"),
        (r"\bxy_416\b", "(xy", "no regular expression"),
        ('reason = "blocked"', 'reason = "blocked"\nhard = true', "hard, but not the reader's"),
        ('reason = "blocked"', 'reason = "blocked"\nunmistakable = true', "without a code"),
        ('shown_by = ["mx.example"]', 'shown_by = ["mx"]\nhost = "x"', "unknown keys: host"),
    ],
)
def test_a_wrong_file_is_refused_with_a_sentence(old: str, new: str, sentence: str) -> None:
    assert old in FILE

    with pytest.raises(ValueError, match=sentence):
        providers.ProviderRules.parse(FILE.replace(old, new))
