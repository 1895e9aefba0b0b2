"""Postfix's load generator is started with what the bench promises, and believed when it ends well.

The program is a script of the test, because Postfix is not on every machine.
"""

from pathlib import Path

import pytest

from service.devkit.bench import postfix
from service.kit.errors import Unavailable


def a_program(folder: Path, script: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "smtp-source"
    program.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    program.chmod(0o755)
    return program


def test_a_program_that_fails_is_told_with_its_own_words(tmp_path: Path) -> None:
    """Only the program's words tell whether the sink was away or an option is unknown to it."""
    program = a_program(tmp_path, "echo 'fatal: no route' >&2\nexit 1")

    with pytest.raises(Unavailable, match="fatal: no route"):
        postfix.run_smtp_source(program, 9, connections=1, mails=1, size=1)


def test_a_silent_failure_is_told_with_its_exit_code(tmp_path: Path) -> None:
    """A program that was killed says nothing, and its time would look like a very good one."""
    program = a_program(tmp_path, "exit 7")

    with pytest.raises(Unavailable, match=r"smtp-source failed: 7$"):
        postfix.run_smtp_source(program, 9, connections=1, mails=1, size=1)


def test_a_program_that_is_named_must_be_there(tmp_path: Path) -> None:
    """A mistyped path must not end in a comparison with the program in PATH, or with none."""
    with pytest.raises(Unavailable, match="name smtp-source of Postfix"):
        postfix.find_program(tmp_path / "smtp-source")


def test_the_named_program_is_taken_before_the_one_in_the_path(tmp_path: Path) -> None:
    """Whoever names a version wants that version measured."""
    program = a_program(tmp_path, "exit 0")

    assert postfix.find_program(program) == program


def test_it_is_asked_for_as_many_messages_as_crieur_sends(tmp_path: Path) -> None:
    """The ratio is between equals only with the same connections, messages and bytes.

    Without -d it would make a new connection for each message, and lose by that alone.
    """
    program = a_program(tmp_path, f'printf "%s\\n" "$@" > {tmp_path}/arguments')

    postfix.run_smtp_source(program, 2525, connections=10, mails=300, size=40_845)

    arguments = (tmp_path / "arguments").read_text("utf-8").splitlines()
    options = dict(zip(arguments[1:-1:2], arguments[2:-1:2], strict=True))
    assert arguments[0] == "-d"
    assert (options["-s"], options["-m"], options["-l"]) == ("10", "300", "40845")
    assert arguments[-1] == "127.0.0.1:2525"


def test_its_processor_time_is_counted(tmp_path: Path) -> None:
    """The cost for each message is what remains comparable on a machine with other work."""
    program = a_program(tmp_path, "i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done")

    result = postfix.run_smtp_source(program, 9, connections=1, mails=1, size=1)

    assert result.cpu > 0
    assert result.seconds > 0


@pytest.mark.parametrize("unpacked", [True, False])
def test_an_unpacked_package_finds_its_own_libraries(tmp_path: Path, unpacked: bool) -> None:
    """Without root, a Postfix that was only unpacked is the one there is; it has rpaths of /usr."""
    program = a_program(
        tmp_path / "usr" / "sbin", f'echo "$LD_LIBRARY_PATH" > {tmp_path}/libraries'
    )
    libraries = tmp_path / "usr" / "lib" / "postfix"
    if unpacked:
        libraries.mkdir(parents=True)

    postfix.run_smtp_source(program, 9, connections=1, mails=1, size=1)

    heard = (tmp_path / "libraries").read_text("utf-8").strip()
    assert (heard == str(libraries)) is unpacked
