"""What a relay's answer means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.delivery.reasons import DeliveryReason
from service.delivery.smtp.replies import (
    MAX_STORED,
    ExpectedReply,
    MessageAccepted,
    MessageDeferred,
    MessageRefused,
    MessageUncertain,
    SmtpReply,
    TransactionResult,
    ends_connection,
    interpret_reply,
    local_cause,
    parse_acceptance,
    parse_reply,
    scrub,
)
from service.replies.classification import Fault, RefusalClassification, SmtpStage


def test_a_reply_of_several_lines_is_one_answer_with_its_enhanced_status() -> None:
    reply = parse_reply([b"550-5.1.1 No such\r\n", b"550 5.1.1 mailbox here\r\n"])

    assert reply is not None
    assert (reply.code, reply.status) == (550, "5.1.1")
    assert str(reply) == "550 5.1.1 No such 5.1.1 mailbox here"


def test_lines_that_disagree_on_the_code_are_no_answer() -> None:
    assert parse_reply([b"250-one\r\n", b"550 two\r\n"]) is None


def test_an_enhanced_status_of_another_class_is_not_believed() -> None:
    reply = parse_reply([b"450 5.1.1 contradictory\r\n"])

    assert reply is not None
    assert reply.status is None
    assert interpret_reply(
        reply, expected=ExpectedReply.DONE, stage=SmtpStage.MAIL
    ) == MessageDeferred(reason="450", reply="450 5.1.1 contradictory", stage=SmtpStage.MAIL)


def test_4xx_defers_and_5xx_refuses_before_and_after_the_dot() -> None:
    later, never = parse_reply([b"451 4.3.0 later"]), parse_reply([b"550 5.1.1 never"])

    for after_dot in (False, True):
        assert isinstance(
            interpret_reply(later, expected=ExpectedReply.DONE, after_dot=after_dot),
            MessageDeferred,
        )
        assert isinstance(
            interpret_reply(never, expected=ExpectedReply.DONE, after_dot=after_dot), MessageRefused
        )


def test_what_the_relay_says_of_us_costs_no_reader_an_edition() -> None:
    for line in (b"503 5.5.1 bad sequence", b"530 5.7.0 Must issue a STARTTLS command first"):
        reply = parse_reply([line])

        assert isinstance(interpret_reply(reply, expected=ExpectedReply.DONE), MessageDeferred)
        assert ends_connection(reply)


@pytest.mark.parametrize("stage", [None, *SmtpStage])
def test_a_5xx_is_kept_with_its_stage_and_whose_fault_it_is(stage: SmtpStage | None) -> None:
    result = interpret_reply(
        parse_reply([b"550 5.1.1 never heard of"]), expected=ExpectedReply.DONE, stage=stage
    )

    assert isinstance(result, MessageRefused)
    assert result.stage is stage
    assert result.cause is not None
    # Whoever has not been named yet, or is let in, is not what the relay speaks of.
    assert (result.cause.fault is Fault.READER) == (stage in {None, SmtpStage.RCPT})


def test_what_is_deferred_in_spite_of_a_5xx_counts_as_nobodys_mailbox() -> None:
    result = interpret_reply(
        parse_reply([b"530 5.7.0 Must issue a STARTTLS command first"]),
        expected=ExpectedReply.DONE,
        stage=SmtpStage.MAIL,
    )

    assert isinstance(result, MessageDeferred)
    assert result.cause is not None
    assert result.cause.fault is not Fault.READER


def test_the_last_line_of_a_long_answer_is_heard_though_not_stored() -> None:
    lines = [b"550-" + b"x" * 100 + b"\r\n"] * 6

    result = interpret_reply(
        parse_reply([*lines, b"550 Relay access denied\r\n"]),
        expected=ExpectedReply.DONE,
        stage=SmtpStage.RCPT,
    )

    assert isinstance(result, MessageRefused)
    assert result.cause is not None
    assert result.cause.fault is Fault.RELAY
    assert "denied" not in result.reply


def test_only_250_to_the_dot_accepts() -> None:
    fine, go_ahead = parse_reply([b"250 ok"]), parse_reply([b"354 go"])

    assert interpret_reply(fine, expected=ExpectedReply.DONE) is None
    assert interpret_reply(go_ahead, expected=ExpectedReply.GO_AHEAD) is None
    assert interpret_reply(fine, expected=ExpectedReply.DONE, after_dot=True) == MessageAccepted(
        reply="250 ok"
    )


def test_nonsense_is_harmless_before_the_dot_and_uncertain_after_it() -> None:
    assert isinstance(interpret_reply(None, expected=ExpectedReply.DONE), MessageDeferred)
    assert isinstance(
        interpret_reply(None, expected=ExpectedReply.DONE, after_dot=True), MessageUncertain
    )
    assert isinstance(
        interpret_reply(parse_reply([b"354 go"]), expected=ExpectedReply.DONE, after_dot=True),
        MessageUncertain,
    )


def test_421_and_nonsense_end_the_connection() -> None:
    assert ends_connection(parse_reply([b"421 bye"]))
    assert ends_connection(None)
    assert not ends_connection(parse_reply([b"450 later"]))


def test_addresses_never_stay_in_a_stored_reply() -> None:
    reply = parse_reply(
        [b'550 5.1.1 <awa.kone@example.org>: "Awa K"@example.org user=awa%40x.ci gone']
    )

    assert reply is not None
    assert "awa" not in reply.text.lower()
    assert reply.text.count("<address>") == 3


@given(st.lists(st.binary(max_size=2000), min_size=1, max_size=5))
def test_no_answer_can_raise_or_be_stored_unbounded(lines: list[bytes]) -> None:
    reply = parse_reply(lines)

    for after_dot in (False, True):
        result = interpret_reply(reply, expected=ExpectedReply.DONE, after_dot=after_dot)
        stored = getattr(result, "reply", "")
        assert len(stored) <= MAX_STORED + 4
        assert "\x00" not in stored
        stored.encode()


@given(st.emails())
def test_any_address_is_scrubbed(address: str) -> None:
    """Also one whose local part is a word of the answer."""
    assert scrub(f"550 mailbox <{address}> is unknown") == "550 mailbox <<address>> is unknown"


@pytest.mark.parametrize("stage", [None, SmtpStage.RCPT])
def test_an_answer_that_is_none_keeps_its_stage_and_its_words(stage: SmtpStage | None) -> None:
    odd = parse_reply([b"354 go"])

    def ending(reply: SmtpReply | None, *, after_dot: bool) -> TransactionResult | None:
        return interpret_reply(reply, expected=ExpectedReply.DONE, stage=stage, after_dot=after_dot)

    assert ending(None, after_dot=False) == MessageDeferred(
        reason=DeliveryReason.NO_SMTP_REPLY, stage=stage
    )
    assert ending(None, after_dot=True) == MessageUncertain(
        reason=DeliveryReason.NO_SMTP_REPLY, stage=stage
    )
    assert ending(odd, after_dot=False) == MessageDeferred(
        reason=DeliveryReason.UNEXPECTED_REPLY, reply="354 go", stage=stage
    )
    assert ending(odd, after_dot=True) == MessageUncertain(
        reason=DeliveryReason.UNEXPECTED_REPLY, reply="354 go", stage=stage
    )


def test_a_refusal_keeps_its_status_or_its_code_as_the_reason_and_its_words() -> None:
    coded, plain = parse_reply([b"550 5.1.1 gone"]), parse_reply([b"554 gone\r\n"])

    first, second = (interpret_reply(each, expected=ExpectedReply.DONE) for each in (coded, plain))

    assert isinstance(first, MessageRefused)
    assert isinstance(second, MessageRefused)
    assert (first.reason, first.reply) == ("5.1.1", "550 5.1.1 gone")
    assert (second.reason, second.reply) == ("554", "554 gone")


def test_a_code_without_words_is_an_answer_without_a_space() -> None:
    reply = parse_reply([b"250\r\n"])

    assert reply is not None
    assert (str(reply), reply.text) == ("250", "")


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("550 a\x00\x07b", "550 a b"),
        ("550 a\r\nb", "550 a b"),
        ("550 user=awa%40example.org gone", "550 <address> gone"),
        ("550 user gone ", "550 user gone"),
        ("550 100 % full", "550 100 % full"),
    ],
)
def test_control_characters_and_encoded_addresses_are_taken_out(text: str, stored: str) -> None:
    assert scrub(text) == stored


def test_a_cause_of_our_own_is_no_fault_of_a_mailbox() -> None:
    assert local_cause("quota", Fault.RELAY) == RefusalClassification(
        fault=Fault.RELAY, reason="quota", hard=False, retry=False, status="", code=""
    )


@pytest.mark.parametrize(
    "answer", [b"250 2.0.0 Ok <awa@x.ci>\r\n250 next\r\n", b"250 2.0.0 Ok <awa@x.ci>\n"]
)
def test_an_acceptance_is_its_first_line_without_addresses(answer: bytes) -> None:
    assert parse_acceptance(answer) == MessageAccepted(reply="250 2.0.0 Ok <<address>>")


def test_an_acceptance_of_any_length_is_stored_within_bounds() -> None:
    assert len(parse_acceptance(b"250 " + b"x" * 10_000 + b"\r\n").reply) == MAX_STORED


@pytest.mark.parametrize("line", [b"250 2.0.0 \xff queued \r\n", b"250 2.0.0 \xff queued\n"])
def test_an_acceptance_in_no_charset_is_one_all_the_same(line: bytes) -> None:
    assert parse_acceptance(line) == MessageAccepted(reply="250 2.0.0 \ufffd queued")
