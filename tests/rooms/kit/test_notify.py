"""Notifications reach every listener of a channel, if and when the transaction commits."""

from service.boot import Runtime
from service.kit.notify import Notification, listening, notify

PATIENCE = 30.0
"""Seconds; a notification that was sent arrives long before."""


def test_a_notification_comes_with_the_commit_and_once(runtime: Runtime) -> None:
    with listening(runtime.engine, "one", "two") as listener:
        with runtime.begin() as session:
            notify(session, "one", "7")
            notify(session, "one", "7")
            before = listener.receive(0)
        with runtime.begin() as session:
            notify(session, "two")

        received: list[Notification] = []
        while len(received) < 2:
            received += listener.receive(PATIENCE)
        after = listener.receive(0)

    assert before == after == []
    assert received == [Notification("one", "7"), Notification("two", "")]


def test_what_is_rolled_back_or_said_elsewhere_is_not_heard(runtime: Runtime) -> None:
    with listening(runtime.engine, "one") as listener:
        with runtime.begin() as session:
            notify(session, "one", "never")
            session.rollback()
        with runtime.begin() as session:
            notify(session, "another", "elsewhere")
            notify(session, "one", "last")

        assert listener.wait(PATIENCE) == ["last"]


def test_a_connection_that_listened_is_not_used_again(runtime: Runtime) -> None:
    with listening(runtime.engine, "one"):
        pass

    with runtime.engine.connect() as connection:
        heard = connection.exec_driver_sql("SELECT count(*) FROM pg_listening_channels()")
        assert heard.scalar() == 0
