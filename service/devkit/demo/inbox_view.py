"""What the development inbox holds, as a script asks it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from service.devkit.demo import browser
from service.kit.errors import Unavailable

T = TypeVar("T")

LOOK_EVERY = 0.2


@dataclass(frozen=True, slots=True)
class InboxView:
    """The inbox at an address."""

    url: str

    def mails_to(self, address: str, *, after: int = 0) -> list[dict[str, Any]]:
        """Return the summaries of one reader's messages that came after a number, oldest first."""
        found = browser.read_json(f"{self.url}/api/messages", to=address, after=after, limit=500)[
            "messages"
        ]
        return sorted(found, key=lambda mail: int(mail["id"]))

    def get_message(self, number: int) -> dict[str, Any]:
        """Return one mail: headers, text, HTML, links."""
        mail: dict[str, Any] = browser.read_json(f"{self.url}/api/messages/{number}")
        return mail

    def link(self, number: int, part: str) -> str:
        """Return the first link of a mail whose address contains `part`."""
        for link in self.get_message(number)["links"]:
            if part in link["href"]:
                return str(link["href"])
        raise Unavailable(f"Mail {number} has no link with “{part}” in it.")

    def last(self) -> int:
        """Return the number of the newest mail."""
        found = browser.read_json(f"{self.url}/api/messages", limit=1)["messages"]
        return int(found[0]["id"]) if found else 0


def wait_until(what: str, look: Callable[[], T | None], *, patience: float) -> T:
    """Look until the answer is not None; raise Unavailable naming what was missing."""
    give_up = time.monotonic() + patience
    while True:
        try:
            found = look()
        except Unavailable:
            found = None
        if found is not None:
            return found
        if time.monotonic() > give_up:
            raise Unavailable(f"Waited {patience:.0f} s in vain for {what}.")
        time.sleep(LOOK_EVERY)
