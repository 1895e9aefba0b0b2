"""A correction proposes words that name what was wrong, in the newsletter's language."""

from dataclasses import replace

import pytest

from service.editions.corrections import RevisedHeadline
from service.editions.find import get_edition
from service.kit.db import Begin
from service.rendering.correction_text import propose_text
from tests.conftest import FakeClock
from tests.rooms.delivery.harness import an_issue

GONE = RevisedHeadline(article_id=1, old_title="Le faux", title="Le faux", is_withdrawn=True)
RENAMED = RevisedHeadline(article_id=2, old_title="Trois", title="Quatre", is_withdrawn=False)
POLISHED = RevisedHeadline(article_id=3, old_title="Même", title="Même", is_withdrawn=False)


@pytest.mark.parametrize(
    ("locale", "subject", "apology"),
    [
        ("fr", "Rectificatif\N{NO-BREAK SPACE}: Le faux", "Nous vous prions de nous excuser."),
        ("en", "Correction: Le faux", "We apologise for the error."),
        ("pt", "Retificação: Le faux", "Pedimos desculpa pelo erro."),
        ("ar", "تصحيح: Le faux", "نعتذر عن هذا الخطأ."),
    ],
)
def test_each_headline_has_a_paragraph_in_the_newsletters_language(
    begin: Begin, clock: FakeClock, locale: str, subject: str, apology: str
) -> None:
    issue = an_issue(begin, clock)
    with begin() as session:
        edition = get_edition(session, issue.edition_id)
    edition = replace(edition, frozen={**edition.frozen, "locale": locale})

    written = propose_text(edition, [GONE, RENAMED, POLISHED])

    paragraphs = written.introduction.split("\n\n")
    assert written.subject == subject
    assert len(paragraphs) == 4
    assert "Le faux" in paragraphs[0]
    assert "Trois" in paragraphs[1]
    assert "Quatre" in paragraphs[1]
    assert "Même" in paragraphs[2]
    assert all("Le Matin" in each for each in paragraphs[:3])
    assert paragraphs[3] == apology


def test_a_long_headline_leaves_a_subject_that_fits(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock)
    with begin() as session:
        edition = get_edition(session, issue.edition_id)

    written = propose_text(edition, [replace(GONE, old_title="mot " * 200)])

    assert len(written.subject or "") <= 110
