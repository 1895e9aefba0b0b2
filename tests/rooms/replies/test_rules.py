"""The pattern file is read strictly: what is misspelt is an error, never a rule without effect."""

import re
from dataclasses import replace
from importlib.resources import files

import pytest

from service.replies.classification import Fault
from service.replies.parse_reply import parse_reply
from service.replies.rules import PhraseMatcher, RefusalRule, RefusalRules, general_rules
from service.replies.text_patterns import fold_text, parse_patterns

FILE = (files("service.replies") / "patterns.toml").read_text("utf-8")


@pytest.fixture(scope="module")
def matcher() -> PhraseMatcher:
    return PhraseMatcher.parse(
        ["user", "mailbox"], before=["no such"], after=["unknown", "not found"], other=["host"]
    )


@pytest.mark.parametrize(
    ("text", "is_heard"),
    [
        ("User unknown", True),
        ("The mailbox of Awa was not found", True),
        ("No such user here", True),
        ("User: host unknown", False),
        ("User. Reason unknown", False),
        ("Unknown", False),
        ("The user is well known", False),
    ],
)
def test_a_noun_and_what_is_wrong_with_it_are_heard_in_one_sentence(
    matcher: PhraseMatcher, text: str, is_heard: bool
) -> None:
    assert matcher.heard(fold_text(text)) is is_heard


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ('[[rule]]\nreason = "', '[[rule]]\ntexst = ["x"]\nreason = "', "unknown keys: ['texst']"),
        (
            '[[rule]]\nreason = "',
            '[[rule]]\nreason = "x',
            "stands in none of the lists of [faults]",
        ),
    ],
    ids=["misspelt key", "unknown reason"],
)
def test_a_slip_in_the_file_is_an_error(before: str, after: str, sentence: str) -> None:
    assert before in FILE

    with pytest.raises(ValueError, match=re.escape(sentence)):
        RefusalRules.parse(FILE.replace(before, after, 1))


def test_a_rule_that_could_never_fit_is_an_error() -> None:
    reason = next(iter(general_rules().faults))

    with pytest.raises(ValueError, match="has no texts"):
        RefusalRules.parse(f'{FILE}\n[[rule]]\nreason = "{reason}"\n')


def test_every_reason_has_a_party_at_fault() -> None:
    rules = general_rules()

    named = {rule.reason for rule in rules.rules} | {*rules.statuses.values()}
    assert named <= rules.faults.keys()
    assert rules.faults["userunknown"] is Fault.READER
    assert rules.hard <= {r for r, fault in rules.faults.items() if fault is Fault.READER}


def test_numbers_speak_where_words_say_nothing() -> None:
    rules = general_rules()

    assert rules.by_numbers("550", "5.1.1") == "userunknown"
    assert rules.by_numbers("", "") == "undefined"
    assert rules.by_numbers("421", "4.99.9") == rules.by_numbers("421", "")


def test_a_blocklist_is_about_the_sender_and_an_unknown_user_is_not() -> None:
    rules = general_rules()

    assert rules.speaks_of_us(fold_text("Your IP address is on a blocklist"))
    assert not rules.speaks_of_us(fold_text("User unknown"))


def test_only_a_mail_servers_own_words_or_the_recipients_name_blame_the_domain() -> None:
    rules = general_rules()

    assert rules.is_about_the_recipients_domain(parse_reply("Host or domain name not found"))
    assert not rules.is_about_the_recipients_domain(parse_reply("550 Domain not found"))


@pytest.mark.parametrize(
    ("changes", "text", "fits"),
    [
        ({}, "550 5.7.1 xyzzy plugh", True),
        ({}, "550 5.7.1 xyzzy plugh, dwarf", False),
        ({}, "550 5.7.1 something else", False),
        ({"codes": ("4",)}, "550 5.7.1 xyzzy plugh", False),
        ({"codes": ("55",)}, "550 5.7.1 xyzzy plugh", True),
        ({"statuses": frozenset({"5.7.1"})}, "550 5.7.1 xyzzy plugh", True),
        ({"statuses": frozenset({"5.1.1"})}, "550 5.7.1 xyzzy plugh", False),
        ({"texts": (), "links": ("help.example/7",)}, "550 See https://help.example/7", True),
        ({"texts": (), "links": ("help.example/7",)}, "550 See https://help.example/8", False),
    ],
)
def test_a_rule_fits_by_its_words_and_the_numbers_that_it_insists_on(
    changes: dict[str, object], text: str, fits: bool
) -> None:
    rules = general_rules()
    rule = RefusalRule(
        reason="blocked",
        texts=parse_patterns(["xyzzy * plugh", "xyzzy plugh"]),
        unless=parse_patterns(["dwarf"]),
        codes=(),
        statuses=frozenset(),
        links=(),
        speech="",
        about_domain=False,
    )

    assert rules.fits(replace(rule, **changes), parse_reply(text)) is fits  # type: ignore[arg-type]


def test_a_receiver_speaks_of_dns_and_a_mail_servers_own_words_do_not() -> None:
    rules = general_rules()

    assert rules.speaks_of_dns(parse_reply("550 5.1.8 Domain has no MX or A record"))
    assert not rules.speaks_of_dns(parse_reply("Domain has no MX or A record"))


def test_a_language_with_an_unknown_key_is_an_error() -> None:
    before = "[[speech]]\n"
    assert before in FILE

    with pytest.raises(ValueError, match="has unknown keys"):
        RefusalRules.parse(FILE.replace(before, "[[speech]]\nbefroe = []\n", 1))
