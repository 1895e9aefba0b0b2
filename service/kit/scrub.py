"""Pure: texts that may stand in a log or a note, without addresses and credentials."""

import re

_ADDRESS = re.compile(r"[^\s<>\"'@,;:=]+@[^\s<>\"'@,;:=]+\.[^\s<>\"'@,;:=]+")
_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]+@")


def scrub(text: str) -> str:
    """Hide e-mail addresses and the user part of URLs in a text."""
    return _ADDRESS.sub("<address>", _CREDENTIALS.sub("<credentials>@", text))
