"""A draft with an article in each section, and editors who ask for trial messages of it."""

from datetime import time, timedelta

from service.delivery.trials import request_trial
from service.editions import curate, drafts
from service.editions.curate import Editor
from service.kit.db import Begin
from service.kit.tokens import Keyring
from tests.builders import a_newsletter, an_article
from tests.conftest import FakeClock

EDITOR = "awa@journal.example"


def a_draft_edition(begin: Begin, clock: FakeClock) -> int:
    with begin() as session:
        a_newsletter(
            session, "Politique", "Sport", now=clock(), days=(1, 2, 3, 4, 5, 6, 7), times=(time(7),)
        )
        for section in ("Politique", "Sport"):
            seen = clock() - timedelta(minutes=1)
            an_article(session, section, seen=seen, title=f"Un titre de {section}")
        [draft_id] = drafts.open_drafts(session, now=clock())
        curate.write_text(session, draft_id, {"subject": "À la une"}, Editor(), now=clock())
    return draft_id


def request(
    begin: Begin, keyring: Keyring, draft_id: int, addresses: str, clock: FakeClock, **changes: int
) -> list[int]:
    """Ask for trial messages; return those that wait."""
    with begin() as session:
        request_trial.request_trials(
            session,
            draft_id,
            addresses,
            mask=changes.get("mask"),
            keyring=keyring,
            now=clock(),
        )
        return request_trial.due_trials(session, now=clock())
