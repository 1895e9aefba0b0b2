"""`crieur bounce read` and `reply` as scripts call them; neither needs a server."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rooms.outcomes import returned_messages

SHARED = Path(__file__).parents[4] / "shared" / "bounces"


def _crieur(
    *words: str, stdin: bytes = b"", env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "service", "bounce", *words]
    return subprocess.run(command, input=stdin, capture_output=True, check=False, env=env)


def test_read_prints_one_json_line_for_each_file_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.eml").write_bytes(returned_messages.dsn())
    (tmp_path / "empty.eml").write_bytes(b"")

    done = _crieur("read", str(tmp_path))

    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, done.stderr) == (0, b"")
    assert lines == [
        {"file": str(tmp_path / "empty.eml"), "kind": "none", "recipients": []},
        {
            "file": str(tmp_path / "in" / "a.eml"),
            "kind": "failed",
            "recipients": [
                {
                    "address": "awa@example.com",
                    "kind": "failed",
                    "fault": "reader",
                    "reason": "userunknown",
                    "hard": True,
                    "status": "5.1.1",
                }
            ],
        },
    ]


def test_read_says_which_file_it_cannot_read_and_goes_on(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(returned_messages.dsn())

    done = _crieur("read", str(tmp_path / "missing.eml"), str(tmp_path / "a.eml"))

    assert done.returncode == 1
    assert b"missing.eml cannot be read: No such file" in done.stderr
    assert b"Traceback" not in done.stderr
    assert len(done.stdout.splitlines()) == 1


def test_reply_judges_each_line() -> None:
    done = _crieur("reply", stdin=b"550 5.1.1 User unknown\n\n451 4.7.1 Greylisted \xff\n")

    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert lines[0] == {
        "reply": "550 5.1.1 User unknown",
        "stage": None,
        "fault": "reader",
        "reason": "userunknown",
        "hard": True,
        "retry": False,
    }
    assert [line["retry"] for line in lines] == [False, True]


def test_reply_takes_the_step_before_a_tab() -> None:
    done = _crieur(
        "reply",
        stdin=b"RCPT TO\t550 5.1.1 User unknown\n"
        b"mail\t550 5.1.1 User unknown\n"
        b"final dot\t550 5.1.1 User unknown\n"
        b"550\t5.1.1 User unknown\n"
        b"rcpt\t550-mailbox unavailable\\n550 invalid DNS MX record\n",
    )

    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, done.stderr) == (0, b"")
    assert [(line["stage"], line["fault"], line["hard"]) for line in lines] == [
        ("rcpt", "reader", True),
        ("mail", "sender", False),
        ("dot", "unknown", False),
        (None, "reader", True),
        ("rcpt", "sender", False),
    ]
    assert lines[0]["reply"] == "550 5.1.1 User unknown"


def test_reply_says_which_step_there_is_none_and_goes_on() -> None:
    done = _crieur("reply", stdin=b"rset\t550 no\nrcpt\t550 5.1.1 User unknown\n")

    assert done.returncode == 1
    assert done.stderr.decode() == (
        "Line 1: 'rset' is no step of the dialogue. Write connect, mail, rcpt, data or dot before"
        " the tab, or only the reply.\n"
    )
    assert [json.loads(line)["fault"] for line in done.stdout.splitlines()] == ["reader"]


def test_take_asks_the_mta_to_keep_the_mail_when_the_database_is_away() -> None:
    env = {
        "CRIEUR_DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:1/none?connect_timeout=2",
        "CRIEUR_REDIS_URL": "redis://127.0.0.1:1",
        "CRIEUR_SECRET_KEY": "0123456789abcdef0123456789abcdef",
    }

    done = _crieur("take", "-", stdin=returned_messages.dsn(), env=env)

    assert done.returncode == 75
    assert b"keep it and try again" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(not SHARED.exists(), reason="real bounce mails are not beside this checkout")
def test_real_bounces_are_read_as_people_did(tmp_path: Path) -> None:
    """The scorer counts a mail as right only when address, kind and hardness are."""
    root = SHARED / "mail"
    done = _crieur("read", str(root))
    read = [json.loads(line) for line in done.stdout.splitlines()]
    predictions = tmp_path / "predictions.json"
    predictions.write_text(
        json.dumps({str(Path(each["file"]).relative_to(root)): each for each in read})
    )

    scored = subprocess.run(
        [
            sys.executable,
            SHARED / "score_bounces.py",
            SHARED / "expected.json",
            predictions,
            "dev",
            "bsd",
        ],
        capture_output=True,
        check=True,
    )

    score = json.loads(scored.stdout)
    assert score["recall"] >= 0.995
    assert score["precision"] >= 0.995
    assert score["hard_soft_agreement"] >= 0.98
    assert score["wrongly_hard_rate"] < 0.005
    assert score["counts"].get("not_failures_flagged", 0) == 0
    assert score["counts"].get("delay_counted_as_failure", 0) == 0
