"""The bench's tools live beside it, answer in JSON, and end with it."""

import os

import pytest

from service.devkit.bench.tool_process import ToolProcess
from service.kit.errors import Unavailable


def test_a_tool_answers_each_question_with_one_object() -> None:
    """Counts are asked for between runs: an answer too many or too few would shift all others."""
    with ToolProcess("sink") as sink:
        sink.hear()

        assert sink.ask("reset")["mails"] == 0
        assert sink.ask("count")["connections"] == 0


def test_a_tool_ends_when_it_is_closed() -> None:
    """A sink that is left over would go on counting in the next measurement."""
    with ToolProcess("sink") as sink:
        sink.hear()

    with pytest.raises(ProcessLookupError):
        os.kill(sink.pid, 0)


def test_a_tool_that_ends_early_is_named() -> None:
    """With wrong arguments it says why on the error output, and there is no line to wait for."""
    with (
        ToolProcess("load_generator") as generator,
        pytest.raises(Unavailable, match="The bench's load_generator ended early"),
    ):
        generator.hear()


def test_a_question_to_a_tool_that_has_ended_is_an_error_in_a_sentence() -> None:
    """A sink that died in the middle of a send ends the measurement, not as a BrokenPipeError."""

    def ask() -> None:
        with ToolProcess("load_generator") as generator:
            os.waitid(os.P_PID, generator.pid, os.WEXITED | os.WNOWAIT)
            generator.ask("count")

    with pytest.raises(Unavailable, match="The bench's load_generator has ended"):
        ask()
