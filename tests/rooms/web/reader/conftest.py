"""A reader's browser in front of the real application, and the mails that became due."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import select, text
from starlette.testclient import TestClient

from service.audience import confirm_token, reader_token
from service.audience.reader_token import ReaderToken
from service.audience.tables import Consent, Subscription
from service.boot import Runtime
from service.delivery.tables import Notice
from service.kit.db import Base
from service.newsletters import catalogue
from service.newsletters.details import NewsletterDetails
from service.web.app import make_app
from tests.builders import a_newsletter, a_reader


@pytest.fixture
def newsletter(runtime: Runtime) -> NewsletterDetails:
    with runtime.begin() as session:
        return a_newsletter(session, now=runtime.clock(), site_url="https://courrier.example")


@pytest.fixture
def browser(runtime: Runtime) -> Iterator[TestClient]:
    client = TestClient(
        make_app(runtime),
        base_url="http://crieur.test",
        client=("203.0.113.77", 50000),
        follow_redirects=False,
    )
    with client:
        yield client


@dataclass
class Back:
    """What stands behind the pages."""

    runtime: Runtime
    newsletter: NewsletterDetails

    def mails(self) -> list[tuple[str, int]]:
        """The notices that are due: kind and reader."""
        with self.runtime.begin() as session:
            return [
                (each.kind, each.subscriber_id)
                for each in session.scalars(select(Notice).order_by(Notice.id))
            ]

    def confirm_path(self) -> str:
        """The link of the last confirmation message."""
        with self.runtime.begin() as session:
            notice = session.scalars(
                select(Notice).where(Notice.kind == "confirm").order_by(Notice.id.desc())
            ).first()
        assert notice is not None
        token = confirm_token.token_from_notice(
            notice.newsletter_id, notice.subscriber_id, notice.facts
        )
        return f"/confirm/{confirm_token.sign_confirm_token(self.runtime.keyring, token)}"

    def reader(self, *, address: str | None = None, mask: int | None = None) -> str:
        """An active reader's personal token."""
        with self.runtime.begin() as session:
            found = a_reader(
                session, self.newsletter, now=self.runtime.clock(), address=address, mask=mask
            )
        return reader_token.sign_reader_token(
            self.runtime.keyring,
            ReaderToken(
                newsletter_id=self.newsletter.id, edition_id=7, subscriber_id=found.subscriber_id
            ),
        )

    def frequencies(self) -> list[str]:
        """The readers' frequencies, the oldest subscription first."""
        with self.runtime.begin() as session:
            return [
                each.value
                for each in session.scalars(
                    select(Subscription.frequency).order_by(Subscription.id)
                )
            ]

    def offer_alerts(self, *, locale: str = "fr") -> None:
        """Let the newsletter offer alerts, in a language."""
        with self.runtime.begin() as session:
            draft = replace(catalogue.draft_of(self.newsletter), offers_alerts=True, locale=locale)
            catalogue.edit(session, self.newsletter.slug, draft, now=self.runtime.clock())

    def alerts(self) -> list[bool]:
        """Whether the readers have chosen alerts, the oldest subscription first."""
        with self.runtime.begin() as session:
            return list(
                session.scalars(select(Subscription.wants_alerts).order_by(Subscription.id))
            )

    def facts(self, act: str) -> list[dict[str, Any]]:
        """What the consent proofs of an act say, the oldest first."""
        with self.runtime.begin() as session:
            return list(
                session.scalars(
                    select(Consent.facts).where(Consent.act == act).order_by(Consent.id)
                )
            )

    def everything(self) -> list[str]:
        """Every row of every table, as text: two of these are equal if nothing has changed."""
        with self.runtime.begin() as session:
            return [
                f"{name}: {row}"
                for name in sorted(Base.metadata.tables)
                for row in session.execute(text(f"SELECT * FROM {name} ORDER BY 1, 2"))
            ]

    def subscriptions(self) -> list[tuple[str, int | None]]:
        """State and sections of every subscription."""
        with self.runtime.begin() as session:
            rows = session.execute(
                text("SELECT state, section_mask FROM subscription ORDER BY id")
            ).all()
        return [(row[0], row[1]) for row in rows]


@pytest.fixture
def back(runtime: Runtime, newsletter: NewsletterDetails) -> Back:
    return Back(runtime, newsletter)
