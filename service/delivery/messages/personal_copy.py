"""Pure: one reader's copy of a prepared message, with its envelope."""

from service.delivery.messages.compose import PreparedMessage
from service.delivery.messages.mail_identity import MailIdentity
from service.delivery.messages.return_path import make_return_path
from service.delivery.smtp.outgoing_message import UNSENDABLE, OutgoingMessage, envelope_commands
from service.delivery.smtp.replies import MessageRefused
from service.kit.errors import Invalid


def compose_for(
    prepared: PreparedMessage,
    *,
    token: str,
    address: str,
    message_id: str,
    delivery: str = "",
    mail_identity: MailIdentity,
) -> OutgoingMessage | MessageRefused:
    """Return one reader's message with its envelope, or a refusal of an unusable address.

    `token` is the reader token of the links and the return path, `delivery` the delivery token.
    """
    recipient = address if address.isascii() else to_ascii_domain(address)
    try:
        copy = prepared.copy(
            token=token, address=recipient, message_id=message_id, delivery=delivery
        )
    except Invalid:
        return UNSENDABLE
    sender = make_return_path(token, bounce_domain=mail_identity.bounce_domain)
    # An address with letters beyond ASCII never gets here: the header would not take it.
    if not prepared.ready:
        return OutgoingMessage(sender, recipient, copy)
    weight = sum(map(len, copy))
    envelope = envelope_commands(sender, recipient, f" SIZE={weight}")
    return OutgoingMessage(sender, recipient, copy, ready=True, weight=weight, envelope=envelope)


def to_ascii_domain(address: str) -> str:
    """Return the address with its domain in ASCII (IDNA), which every relay takes.

    An address whose domain cannot be converted is returned as it is.
    """
    local, at, domain = address.rpartition("@")
    if domain.isascii():
        return address
    try:
        return local + at + domain.encode("idna").decode("ascii")
    except UnicodeError:
        return address
