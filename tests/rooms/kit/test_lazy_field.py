from dataclasses import dataclass

from service.kit.lazy_field import is_computed, lazy_field


@dataclass
class Box:
    """Counts how often its content is computed."""

    calls: list[int]
    content: str = lazy_field(lambda box: box.calls.append(1) or "made")


def test_a_field_is_computed_once_and_only_when_it_is_read() -> None:
    box = Box(calls=[])
    before = is_computed(box, "content")

    contents = [box.content, box.content]

    assert not before
    assert (contents, box.calls) == (["made", "made"], [1])
    assert is_computed(box, "content")


def test_a_given_value_is_kept() -> None:
    box = Box(calls=[], content="given")

    assert (box.content, box.calls) == ("given", [])
