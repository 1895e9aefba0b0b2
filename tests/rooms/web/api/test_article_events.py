"""Fields of events that are not known are named; labels are read as systems write them."""

import pytest

from service.web.api.article_events import (
    MAX_IGNORED,
    MAX_LABEL,
    ArticleEvent,
    ArticlePayload,
    ignored_fields,
)


def test_no_more_names_are_repeated_than_help() -> None:
    """The answer must not be as large as a hostile body."""
    unknown = {f"x{number}" * MAX_LABEL: 1 for number in range(2 * MAX_IGNORED)}

    names = ignored_fields(ArticleEvent.model_validate({"type": "updated", "article": unknown}))

    assert len(names) == MAX_IGNORED
    assert {len(each) for each in names} == {MAX_LABEL}
    assert names[0].startswith("article.x0")


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (None, []),
        ("Sport", ["Sport"]),
        ([12, {"name": "Sport"}, {"id": 3}, "Mode"], ["Sport", "Mode"]),
        ({"name": "Sport"}, ["Sport"]),
        (7, []),
    ],
)
def test_labels_may_have_any_form_and_break_nothing(given: object, read: list[str]) -> None:
    article = ArticlePayload.model_validate({"categories": given, "tags": given})

    assert (article.categories, article.tags) == (read, read)
