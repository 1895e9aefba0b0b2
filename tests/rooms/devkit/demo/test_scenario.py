"""The scenario begins when every reader's sections have something to say.

The whole of it is played in tests/journeys/test_demo.py.
"""

from dataclasses import replace

import pytest

from service.boot import Runtime
from service.devkit.demo.fixtures import BRIEF
from service.devkit.demo.scenario import wait_for_articles
from service.kit.errors import Unavailable
from tests.builders import an_article

NAMES = [section.name for section in BRIEF.sections]


def write_articles(runtime: Runtime, *names: str, **changes: object) -> None:
    with runtime.begin() as session:
        for name in names:
            an_article(session, name, seen=runtime.clock(), **{"language": "en", **changes})


def test_articles_in_every_section_are_enough(runtime: Runtime) -> None:
    """An edition then has a message for every reader, whichever sections they chose."""
    write_articles(runtime, *NAMES)

    wait_for_articles(runtime, BRIEF, patience=0)


@pytest.mark.parametrize("last", [{"language": "fr"}, {"withdrawn": True}, {"section": "Politics"}])
def test_a_section_without_an_article_of_its_own_is_waited_for(
    runtime: Runtime, last: dict[str, object]
) -> None:
    """A reader of that section alone would get nothing, and the comparison would call it lost."""
    withdrawn_at = runtime.clock() if last.get("withdrawn") else None
    write_articles(runtime, *NAMES[:-1])
    write_articles(
        runtime,
        str(last.get("section", NAMES[-1])),
        language=last.get("language", "en"),
        withdrawn_at=withdrawn_at,
    )

    with pytest.raises(Unavailable, match="articles in every section of The Gulf Brief"):
        wait_for_articles(runtime, BRIEF, patience=0)


def test_a_newsletter_waits_for_its_own_language_only(runtime: Runtime) -> None:
    """French and English articles share sections' names, such as Culture and Sport."""
    write_articles(runtime, "Culture", language="fr")

    wait_for_articles(
        runtime, replace(BRIEF, locale="fr", sections=(BRIEF.sections[3],)), patience=0
    )
