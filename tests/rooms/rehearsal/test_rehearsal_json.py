"""A rehearsal for programs."""

import json

from service.kit.db import Begin
from service.rehearsal.rehearsal_json import rehearsal_to_json
from tests.builders import a_reader
from tests.rooms.rehearsal.one_week import NOW, a_paper, news_of_a_week, rehearsed


def test_it_is_json_with_all_that_the_page_says(begin: Begin) -> None:
    paper = a_paper(begin)
    [first, *_] = news_of_a_week(begin, image_url="https://courrier.example/i.jpg")
    with begin() as session:
        a_reader(session, paper, now=NOW)

    found = json.loads(json.dumps(rehearsal_to_json(rehearsed(begin, days=1))))

    assert (found["from"], found["to"]) == (
        "2026-11-30T12:00:00+00:00",
        "2026-12-01T12:00:00+00:00",
    )
    assert (found["is_fine"], found["notes"]) == (True, [])
    [part] = found["newsletters"]
    assert part["history"]["weeks_back"] == 1
    assert (part["history"]["from"], part["history"]["to"]) == ("2026-11-23", "2026-11-24")
    [edition] = part["editions"]
    assert edition["slot"] == "2026-12-01 07:00"
    assert (edition["status"], edition["verdict"], edition["readers"]) == ("sent", "fine", 1)
    assert edition["sections"] == {"Sport": 1}
    assert edition["html_bytes"] > 1_000
    [article] = edition["articles"]
    assert (article["id"], article["stands_for_one_to_come"]) == (first, True)
    assert edition["left_out"] == {
        "no_room": 0,
        "dropped": 0,
        "waiting": 0,
        "too_old": 0,
        "no_section": 0,
    }


def test_a_note_has_its_sentence_and_its_key(begin: Begin) -> None:
    a_paper(begin)

    found = rehearsal_to_json(rehearsed(begin, days=1))

    assert not found["is_fine"]
    [note] = found["newsletters"][0]["editions"][0]["notes"]
    assert note == {
        "warns": True,
        "note": "Nothing new in any section since the last edition, so nothing is sent.",
        "note_key": "edition.nothing_new",
        "note_params": {},
    }
