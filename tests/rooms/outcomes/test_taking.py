"""From a mail server's hand to the suppression list, with the real programs."""

import json
import os
import signal
import smtplib
import subprocess
import sys

import pytest
from sqlalchemy import select

from service.audience import reader_token
from service.audience.reader_token import ReaderToken
from service.audience.tables import Subscriber, Suppression
from service.boot import Runtime
from service.editions import plan
from service.outcomes.tables import InboundReport
from tests.audit_trail import audited
from tests.builders import a_delivery, a_newsletter, a_reader
from tests.fakes.ports import a_free_port
from tests.rooms.outcomes import returned_messages
from workers import record_outcome

ADDRESS = "awa@example.com"


@pytest.fixture
def path(runtime: Runtime) -> str:
    """The return path of a mail that one reader got."""
    now = runtime.clock()
    with runtime.begin() as session:
        newsletter = a_newsletter(session, now=now)
        subscription = a_reader(session, newsletter, now=now, address=ADDRESS)
        edition = plan.plan_now(session, newsletter.id, now=now)
        session.flush()
        reader = ReaderToken(
            newsletter_id=newsletter.id,
            edition_id=edition.id,
            subscriber_id=subscription.subscriber_id,
        )
        a_delivery(session, edition.id, subscription.subscriber_id, state="accepted")
    token = reader_token.sign_reader_token(runtime.keyring, reader)
    return f"b-{token}@{runtime.settings.bounce_domain}"


@pytest.fixture
def environment(runtime: Runtime) -> dict[str, str]:
    settings = runtime.settings
    assert settings.database_url is not None
    assert settings.redis_url is not None
    return {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},  # noqa: TID251
        "CRIEUR_DATABASE_URL": settings.database_url.get_secret_value(),
        "CRIEUR_REDIS_URL": settings.redis_url.get_secret_value(),
        "CRIEUR_SECRET_KEY": settings.secret_key[0].get_secret_value(),
        "CRIEUR_BOUNCE_DOMAIN": settings.bounce_domain,
        "CRIEUR_LOG_JSON": "true",
    }


def _crieur(
    environment: dict[str, str], *words: str, stdin: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "service", *words]
    return subprocess.run(command, input=stdin, capture_output=True, check=False, env=environment)


def test_a_bounce_from_a_pipe_shows_in_the_suppression_list(
    path: str, environment: dict[str, str]
) -> None:
    raw = returned_messages.dsn(to=path, address=ADDRESS)

    taken = _crieur(environment, "bounce", "take", "-", stdin=raw)
    again = _crieur(environment, "bounce", "take", "-", stdin=raw)
    listed = _crieur(environment, "suppression", "list", "--json")
    removed = _crieur(environment, "suppression", "remove", ADDRESS)
    empty = _crieur(environment, "suppression", "list", "--json")

    assert [taken.returncode, again.returncode] == [0, 0]
    assert b"Kept, but" not in taken.stderr
    assert b"Kept, but this message was stored before" in again.stderr
    (line,) = listed.stdout.splitlines()
    assert json.loads(line)["address"] == ADDRESS
    assert json.loads(line)["reason"] == "hard_bounce"
    assert removed.returncode == 0
    assert empty.stdout == b""


def test_a_mail_from_a_pipe_that_has_no_effect_comes_with_the_reason(
    environment: dict[str, str],
) -> None:
    forged = returned_messages.complaint(to=f"b-{'a' * 42}@bounces.crieur.test", address=ADDRESS)

    taken = _crieur(environment, "bounce", "take", "-", stdin=forged)

    assert taken.returncode == 0
    assert b"Kept, but no valid return path: nothing was counted." in taken.stderr


def test_an_operator_suppresses_by_hand_and_is_told_when_it_was_done_before(
    environment: dict[str, str], runtime: Runtime
) -> None:
    first = _crieur(environment, "suppression", "add", "Kofi@example.com", "--json")
    second = _crieur(environment, "suppression", "add", "kofi@example.com")
    wrong = _crieur(environment, "suppression", "add", "kofi at example")

    assert (first.returncode, second.returncode, wrong.returncode) == (0, 1, 1)
    assert json.loads(first.stdout)["suppressed"] is True
    assert b"suppressed already" in second.stderr
    assert b"Traceback" not in wrong.stderr
    with runtime.begin() as session:
        assert session.scalars(select(Suppression.reason)).all() == ["operator"]


def test_what_a_terminal_suppresses_and_lifts_stands_in_the_audit_trail_without_addresses(
    path: str, environment: dict[str, str], runtime: Runtime
) -> None:
    for address in (ADDRESS, "nobody@example.com"):
        _crieur(environment, "suppression", "add", address)
        _crieur(environment, "suppression", "add", address)
        _crieur(environment, "suppression", "remove", address)
        _crieur(environment, "suppression", "remove", address)

    with runtime.begin() as session:
        reader = session.scalars(select(Subscriber.id)).one()
    assert audited(runtime.begin) == [
        ("suppression.added", {"subscriber_id": reader}),
        ("suppression.lifted", {"subscriber_id": reader}),
        ("suppression.added", {}),
        ("suppression.lifted", {}),
    ]


def test_the_daemon_keeps_a_bounce_drains_on_sigterm_and_a_worker_acts_on_it(
    path: str, environment: dict[str, str], runtime: Runtime
) -> None:
    with a_free_port() as port:
        daemon = subprocess.Popen(
            [sys.executable, "-m", "workers.inbound"],
            env={**environment, "CRIEUR_INBOUND_LISTEN": f"127.0.0.1:{port}"},
            stderr=subprocess.PIPE,
            text=True,
        )
        assert daemon.stderr is not None
        started = daemon.stderr.readline()

    with smtplib.SMTP("127.0.0.1", port) as client:
        client.sendmail("", [path], returned_messages.dsn(to=path, address=ADDRESS))
        daemon.send_signal(signal.SIGTERM)
        code = daemon.wait(timeout=30)
    log = daemon.stderr.read()
    daemon.stderr.close()
    with runtime.begin() as session:
        report_id = session.scalars(select(InboundReport.id)).one()
    record_outcome.run(runtime, report_id=report_id)
    record_outcome.run(runtime, report_id=report_id)

    assert "daemon.started" in started
    assert code == 0
    assert "daemon.stopped" in log
    assert ADDRESS not in log
    with runtime.begin() as session:
        assert session.scalars(select(Suppression.reason)).all() == ["hard_bounce"]


def test_the_daemon_says_in_one_sentence_what_is_missing() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "workers.inbound"], capture_output=True, check=False, env={}
    )

    assert done.returncode == 1
    assert b"crieur inbound" in done.stderr
    assert len(done.stderr.splitlines()) == 1
