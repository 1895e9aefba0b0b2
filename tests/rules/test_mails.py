"""A mail without a text part, or with markup in it, is a mail that some readers cannot read."""

import re
from pathlib import Path

import pytest

from tests.rules.code import ROOT

MAILS = sorted(
    path for path in (ROOT / "templates/email").iterdir() if not path.name.startswith("_")
)


@pytest.mark.parametrize("folder", MAILS, ids=lambda path: str(path.name))
def test_a_mail_has_exactly_a_subject_an_html_and_a_text_body(folder: Path) -> None:
    """One folder is one mail; a fourth file would be a part that is never sent."""
    names = sorted(path.name for path in folder.iterdir())

    assert names == ["body.html.j2", "body.txt.j2", "subject.txt.j2"]


@pytest.mark.parametrize("folder", MAILS, ids=lambda path: str(path.name))
def test_text_and_subject_hold_no_html(folder: Path) -> None:
    """Text is written for reading: a tag there was pasted from the HTML part."""
    for name in ("body.txt.j2", "subject.txt.j2"):
        text = (folder / name).read_text("utf-8")

        assert re.findall(r"</?[a-zA-Z][^>]*>|&[a-z]+;", text) == []


def test_every_mail_can_be_rendered_by_name() -> None:
    """A folder that no code names is a mail that is never sent."""
    code = "".join(path.read_text("utf-8") for path in (ROOT / "service/rendering").glob("*.py"))

    unnamed = {folder.name for folder in MAILS if f'"{folder.name}' not in code}
    assert unnamed == set()
