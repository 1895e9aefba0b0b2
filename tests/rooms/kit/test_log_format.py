"""What stands in a line of the log, and what never does."""

import json
import logging
from typing import Any

import pytest

from service.kit.log import get_logger
from service.kit.log_format import formatter
from tests.rooms.kit.test_log import logging_to


def test_no_address_and_no_secret_gets_into_it(capsys: pytest.CaptureFixture[str]) -> None:
    with logging_to(capsys) as lines:
        get_logger("service.somewhere").warning(
            "web.failed", to="awa@example.org", token="t0p", url="redis://u:pw@cache:6379/0"
        )
        (line,) = lines()

    assert line["event"] == "web.failed"
    assert (line["to"], line["token"]) == ("<address>", "<hidden>")
    assert line["url"] == "redis://<credentials>@cache:6379/0"


@pytest.mark.parametrize(
    "key", ["password", "new_password", "CSRF_TOKEN", "Authorization", "set_cookie", "secret_key"]
)
def test_a_value_under_a_secret_s_name_is_hidden_whatever_it_is(
    capsys: pytest.CaptureFixture[str], key: str
) -> None:
    hidden: dict[str, Any] = {key: {"inside": 17_042}}
    with logging_to(capsys) as lines:
        get_logger("service.somewhere").warning("web.failed", **hidden)
        (line,) = lines()

    assert line[key] == "<hidden>"
    assert "17042" not in json.dumps(line)


def test_a_traceback_is_in_the_line_without_the_addresses_in_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with logging_to(capsys) as lines:
        try:
            json.loads("{}")["awa@example.org"]
        except KeyError:
            get_logger("service.somewhere").exception("web.failed")
        (line,) = lines()

    assert "KeyError: '<address>'" in line["exception"]
    assert "awa@" not in json.dumps(line)


def test_a_library_s_line_has_the_same_form(capsys: pytest.CaptureFixture[str]) -> None:
    with logging_to(capsys) as lines:
        logging.getLogger("some.library").error("cannot reach %s", "awa@example.org")  # noqa: TID251
        (line,) = lines()

    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "cannot reach <address>", "level": "error"}


def test_json_stays_on_one_line_and_keeps_its_letters() -> None:
    record = logging.LogRecord("some.library", logging.INFO, "", 1, "Koné\nforged", None, None)

    written = formatter(as_json=True).format(record)

    assert written.count("\n") == 0
    assert "Koné" in written
    assert json.loads(written)["event"] == "Koné\nforged"


def test_a_person_s_line_is_no_json_and_hides_as_much() -> None:
    record = logging.LogRecord(
        "some.library", logging.INFO, "", 1, "to awa@example.org", None, None
    )

    written = formatter(as_json=False).format(record)

    assert not written.startswith("{")
    assert "to <address>" in written
