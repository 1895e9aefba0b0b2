"""Readers of the demonstration sign up as people do: by the form, and from their mailbox."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from service.boot import Runtime, build_runtime, send_dependencies
from service.config import Settings
from service.delivery.notices.send_notice import send_notice
from service.devkit.demo.fixtures import DemoReader
from service.devkit.demo.inbox_view import InboxView
from service.devkit.demo.signups import answer_confirmation, fill_in
from service.devkit.inbox.pages import make_app
from service.devkit.inbox.store import MessageStore
from service.devkit.ports import PortClaims
from tests.builders import a_newsletter
from tests.conftest import FakeClock
from tests.fakes.sink import Sink
from tests.rooms.devkit.conftest import serving
from tests.rooms.web.served import served

ADDRESS = "aya@lecteurs.example.org"


@pytest.fixture
def site(settings: Settings, clock: FakeClock) -> Iterator[Runtime]:
    """Crieur with a newsletter, at the address that its messages' links have."""
    with PortClaims() as claims:
        port = claims.claim(21_800)
        here = settings.model_copy(update={"public_url": f"http://127.0.0.1:{port}"})
        runtime = build_runtime(here, clock=clock)
        with runtime.begin() as session:
            a_newsletter(session, now=clock())
        with served(runtime, port=port):
            yield runtime
        runtime.close()


@pytest.fixture
def store(tmp_path: Path) -> MessageStore:
    return MessageStore(tmp_path / "inbox")


@pytest.fixture
def inbox(store: MessageStore) -> Iterator[InboxView]:
    with serving(make_app(store)) as client:
        yield InboxView(f"http://127.0.0.1:{client.port}")


def state_of(runtime: Runtime) -> tuple[str, int | None]:
    with runtime.begin() as session:
        row = session.execute(text("SELECT state, section_mask FROM subscription")).one()
    return row.state, row.section_mask


def deliver_confirmation(runtime: Runtime, sink: Sink, store: MessageStore) -> None:
    """Send what waits, as a worker does, and put it into the inbox."""
    with runtime.begin() as session:
        (notice_id,) = session.scalars(text("SELECT id FROM notice"))
    send_notice(notice_id, send_dependencies(runtime))
    (taken,) = sink.to(ADDRESS)
    store.add(taken.raw, sender=taken.sender, recipients=[taken.recipient], at=runtime.clock())


@pytest.mark.parametrize(
    ("sections", "mask"), [((), None), (("culture",), 0b100), (("politique", "culture"), 0b101)]
)
def test_a_reader_asks_in_the_form_and_confirms_from_the_mailbox(
    site: Runtime,
    inbox: InboxView,
    store: MessageStore,
    sink: Sink,
    sections: tuple[str, ...],
    mask: int | None,
) -> None:
    """The story counts on their choice: a reader of Culture must not be sent Politique."""
    reader = DemoReader(address=ADDRESS, newsletter="le-matin", sections=sections)

    fill_in(reader, public_url=site.settings.public_url)
    asked = state_of(site)
    deliver_confirmation(site, sink, store)
    answer_confirmation(reader, inbox=inbox)

    assert asked == ("pending", mask)
    assert state_of(site) == ("active", mask)
