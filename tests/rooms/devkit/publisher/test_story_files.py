"""What the local publisher can write."""

import re

from service.devkit.publisher.story_files import load


def test_there_is_much_to_tell_and_no_headline_twice() -> None:
    french, english = load("fr"), load("en")
    titles = [story.title for story in (*french.stories, *english.stories)]

    assert len(french.stories) >= 40
    assert len(english.stories) >= 25
    assert len(set(titles)) == len(titles)
    assert french.sections == ("Politique", "Économie", "Continent", "Culture", "Sport")
    assert english.sections == ("Politics", "Business", "Africa", "Culture", "Sport")


def test_french_texts_keep_french_typography() -> None:
    texts = [
        text for story in load("fr").stories for text in (story.title, story.lede, *story.body)
    ]

    assert [text for text in texts if re.search(r"'| [:;?!»]|« |[^\s][;?!»]", text)] == []
