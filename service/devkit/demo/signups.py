"""Readers sign up in the form and confirm from their mailbox, as people do."""

from collections.abc import Iterable

from service.devkit.demo import browser
from service.devkit.demo.fixtures import DemoReader
from service.devkit.demo.inbox_view import InboxView, wait_until

CONFIRM_PATIENCE = 60.0


def sign_up_all(readers: Iterable[DemoReader], *, public_url: str, inbox: InboxView) -> None:
    """Fill in every form, then answer every confirmation message."""
    everyone = list(readers)
    for reader in everyone:
        fill_in(reader, public_url=public_url)
    for reader in everyone:
        answer_confirmation(reader, inbox=inbox)


def fill_in(reader: DemoReader, *, public_url: str) -> None:
    """Open the sign-up page and send its form."""
    page = wait_until(
        "the sign-up form",
        lambda: browser.open_page(f"{public_url}/n/{reader.newsletter}"),
        patience=CONFIRM_PATIENCE,
    )
    answers: dict[str, str | tuple[str, ...]] = {"email": reader.address}
    if reader.sections:
        answers["section"] = reader.sections
    browser.submit(page, answers)


def answer_confirmation(reader: DemoReader, *, inbox: InboxView) -> None:
    """Wait for the confirmation message, open its link, press the button."""
    mails = wait_until(
        f"a confirmation message to {reader.address}",
        lambda: inbox.mails_to(reader.address) or None,
        patience=CONFIRM_PATIENCE,
    )
    browser.submit(browser.open_page(inbox.link(int(mails[-1]["id"]), "/confirm/")))
