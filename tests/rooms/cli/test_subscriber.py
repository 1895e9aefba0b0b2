"""`crieur subscriber` as an operator's shell and scripts call it."""

import json
import subprocess
from collections.abc import Callable
from datetime import time
from functools import partial

import pytest
from sqlalchemy import select

from service.audience.tables import Subscriber
from service.boot import Runtime
from service.newsletters.tables import Newsletter
from tests.audit_trail import audited
from tests.builders import a_newsletter, a_reader
from tests.rooms.cli.shell import Shell

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def crieur(runtime: Runtime, shell: Shell) -> Run:
    with runtime.begin() as session:
        newsletter = a_newsletter(session, now=runtime.clock())
        a_newsletter(session, now=runtime.clock(), slug="soir", name="Le Soir")
        a_reader(session, newsletter, now=runtime.clock(), address="kofi@example.org")
    return partial(shell.run, "subscriber")


def test_a_reader_is_added_shown_listed_ended_and_erased(crieur: Run) -> None:
    added = crieur(
        "add", "Awa@example.org", "-n", "le-matin", "--section", "Culture", "--proof", "a form"
    )
    shown = json.loads(crieur("show", "awa@example.org", "--json").stdout)
    told = crieur("show", "awa@example.org").stdout
    first = crieur("list", "-n", "le-matin", "--count", "1", "--json")
    ended = crieur("unsubscribe", "awa@example.org")
    erased = crieur("erase", "awa@example.org", "--yes")
    gone = crieur("show", "awa@example.org")

    [relation] = shown["relations"]
    assert (added.returncode, added.stderr) == (0, "")
    assert (relation["newsletter"], relation["state"]) == ("le-matin", "active")
    assert relation["sections"] == ["Culture"]
    [proof] = relation["proofs"]
    assert (proof["act"], proof["source"], proof["evidence"]) == ("imported", "operator", "a form")
    assert "le-matin: imported, by operator, proof: a form" in told
    assert json.loads(first.stdout)["address"] == "Awa@example.org"
    assert ended.stdout == "Ended: 1.\n"
    assert erased.returncode == 0
    assert (gone.returncode, gone.stdout) == (1, "")
    assert "No reader has signed up" in gone.stderr


def test_without_a_proof_the_reader_is_asked_by_mail(crieur: Run) -> None:
    first = crieur("add", "awa@example.org", "-n", "le-matin")
    second = crieur("add", "awa@example.org", "-n", "le-matin")

    assert "asked to confirm" in first.stdout
    assert "No message is sent" in second.stdout


def test_what_a_terminal_does_to_a_reader_stands_in_the_audit_trail(
    crieur: Run, runtime: Runtime
) -> None:
    for _ in range(2):
        crieur("add", "awa@example.org", "-n", "le-matin", "--proof", "a form")
        crieur("add", "fatou@example.org", "-n", "le-matin")
    for _ in range(2):
        crieur("unsubscribe", "kofi@example.org")
        crieur("erase", "kofi@example.org", "--yes")

    with runtime.begin() as session:
        newsletter = session.scalars(select(Newsletter.id).order_by(Newsletter.id)).first()
        kofi, awa, fatou = session.scalars(select(Subscriber.id).order_by(Subscriber.id)).all()
    assert audited(runtime.begin) == [
        ("subscriber.added", {"subscriber_id": awa, "newsletter_id": newsletter}),
        ("subscriber.asked", {"subscriber_id": fatou, "newsletter_id": newsletter}),
        ("subscriber.ended", {"subscriber_id": kofi, "newsletter_id": newsletter}),
        ("subscriber.erased", {"subscriber_id": kofi}),
    ]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["add", "awa", "-n", "le-matin"], "one @"),
        (["add", "awa@example.org", "-n", "none"], "There is no newsletter"),
        (["add", "a@example.org", "-n", "le-matin", "--section", "Météo"], "There is no section"),
        (["add", "kofi@example.org", "-n", "le-matin", "--proof", "x"], "without --proof sends it"),
        (["add", "a@example.org", "-n", "le-matin", "--proof", ""], "where the consent can be"),
        (["add", "a@example.org", "-n", "le-matin", "--proof", "  "], "where the consent can be"),
        (["unsubscribe", "kofi@example.org", "-n", "soir"], "not subscribed to Le Soir;"),
        (["unsubscribe", "ada@example.org"], "No reader has signed up"),
        (
            ["add", "a@example.org", "-n", "le-matin", "--proof", "x", "--time-zone", "Dakar"],
            "no such time zone",
        ),
        (["erase", "nobody@example.org", "--yes"], "nothing to erase"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_exit_1(
    crieur: Run, words: list[str], sentence: str
) -> None:
    done = crieur(*words)

    assert (done.returncode, done.stdout) == (1, "")
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_readers_time_zone_is_taken_and_shown(crieur: Run) -> None:
    added = crieur(
        "add", "awa@example.org", "-n", "le-matin", "--proof", "x", "--time-zone", "Europe/Paris"
    )
    asked = crieur("add", "ama@example.org", "-n", "le-matin", "--time-zone", "Africa/Lagos")

    assert (added.returncode, asked.returncode) == (0, 0)
    assert json.loads(crieur("show", "awa@example.org", "--json").stdout)["time_zone"] == (
        "Europe/Paris"
    )
    assert "Time zone: Africa/Lagos." in crieur("show", "ama@example.org").stdout


def test_a_readers_frequency_is_taken_shown_and_checked(crieur: Run, runtime: Runtime) -> None:
    """Support staff add readers by telephone, who choose as on the form."""
    with runtime.begin() as session:
        a_newsletter(
            session,
            now=runtime.clock(),
            slug="midi",
            days=(1,),
            times=(time(12),),
            weekly_at=time(9),
        )

    added = crieur("add", "awa@example.org", "-n", "midi", "--frequency", "weekly", "--proof", "x")
    shown = crieur("show", "awa@example.org")
    as_json = json.loads(crieur("show", "awa@example.org", "--json").stdout)
    asked = crieur("add", "yao@example.org", "-n", "midi", "--frequency", "weekly")
    refused = crieur("add", "ama@example.org", "-n", "midi", "--frequency", "daily")

    assert added.returncode == asked.returncode == 0
    assert "weekly" in shown.stdout
    assert "frequency: weekly" in shown.stdout
    [relation] = as_json["relations"]
    assert (relation["frequency"], relation["proofs"][0]["frequency"]) == ("weekly", "weekly")
    assert refused.returncode == 1
    assert "Le Matin does not offer “daily”; it offers: each, weekly." in refused.stderr
