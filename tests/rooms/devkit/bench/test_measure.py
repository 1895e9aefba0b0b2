"""The message that others send has exactly the bytes of Crieur's.

The runs themselves need servers and daemons: `crieur bench send` is tried in
tests/rooms/cli/test_bench.py.
"""

from email import message_from_bytes, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.devkit.bench.measure import resize

MESSAGE = (
    b'Subject: x\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
    b"--b\r\n\r\nhello\r\n--b--\r\n"
)
DOT = len(b".\r\n")


@given(more=st.integers(0, 500))
def test_a_resized_message_says_the_same(more: int) -> None:
    """The baseline must send as much as Crieur, and nothing that a receiver would refuse."""
    wanted = len(MESSAGE) + DOT + more

    resized = resize(MESSAGE, wanted)

    assert len(resized) + DOT == pytest.approx(wanted, abs=2)
    assert all(line == b"" or line.endswith(b"\r\n") for line in resized.splitlines(keepends=True))
    parsed = message_from_bytes(resized, policy=policy.default)
    assert [part.get_content() for part in parsed.iter_parts()] == ["hello"]


@given(less=st.integers(0, 200))
def test_a_message_that_is_too_large_already_stays_whole(less: int) -> None:
    """Cutting it would send the baseline a broken message, faster than a real one."""
    assert resize(MESSAGE, len(MESSAGE) + DOT - less) == MESSAGE


@given(more=st.integers(0, 5_000))
def test_no_line_of_the_padding_is_too_long(more: int) -> None:
    """RFC 5322 asks for lines of at most 78 characters; an endless line is another benchmark."""
    padding = resize(MESSAGE, len(MESSAGE) + DOT + more)[len(MESSAGE) :]

    assert all(len(line) <= 78 for line in padding.split(b"\r\n"))
