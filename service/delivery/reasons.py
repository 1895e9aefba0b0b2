"""Pure: why a delivery waits or has ended where no relay has said why.

A code is stored in the place of a relay's status or reply, and written in words where it is shown.
"""

from enum import StrEnum

from service.kit.translatable import TranslatableMessage, untranslated


class DeliveryReason(StrEnum):
    """A reason of our own, as opposed to a relay's status such as 5.1.1."""

    TOO_LATE = "too_late"
    WAITS_FOR_PROVIDER = "waits_for_provider"
    QUARANTINED = "quarantined"
    UNWRITABLE = "unwritable"
    GIVEN_UP = "given_up"
    UNKNOWN_NOTICE = "unknown_notice"
    RELAY_UNREACHABLE = "relay_unreachable"
    TOO_LARGE = "too_large_for_relay"
    LEASE_EXPIRED = "lease_expired"
    TIMED_OUT = "timed_out"
    TIMED_OUT_AFTER_DOT = "timed_out_after_dot"
    CONNECTION_LOST = "connection_lost"
    CONNECTION_LOST_AFTER_DOT = "connection_lost_after_dot"
    EARLY_REPLY = "early_reply"
    UNREQUESTED_REPLY = "unrequested_reply"
    UNEXPECTED_REPLY = "unexpected_reply"
    NO_SMTP_REPLY = "no_smtp_reply"
    RESET_REFUSED = "reset_refused"
    OTHER_MESSAGE_BEGUN = "other_message_begun"
    UNSENDABLE = "unsendable"
    NO_SMTPUTF8 = "smtputf8"
    NO_8BIT = "eightbit"
    MALFORMED = "malformed"

    @property
    def message(self) -> TranslatableMessage:
        """Return it in words."""
        return TranslatableMessage(f"delivery.{self.value}")


OWN_REASONS: frozenset[str] = frozenset(DeliveryReason)


def describe_reply(reply: str) -> TranslatableMessage:
    """Return what was stored as the reply: our own reason in words, or what the relay said."""
    if reply in OWN_REASONS:
        return DeliveryReason(reply).message
    return untranslated(reply)
