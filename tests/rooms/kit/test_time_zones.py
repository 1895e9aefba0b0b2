from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from service.kit.errors import Invalid
from service.kit.time_zones import display_zone, is_known_zone, load_zone


@pytest.mark.parametrize("name", ["", "Europe/Atlantis", "../etc/passwd", "\0"])
def test_a_name_that_is_no_zone_is_refused_with_a_sentence(name: str) -> None:
    assert not is_known_zone(name)
    with pytest.raises(Invalid, match="time zone"):
        load_zone(name)
    assert display_zone(name) is UTC


def test_a_known_zone_is_loaded() -> None:
    assert is_known_zone("Africa/Abidjan")
    assert load_zone("Africa/Abidjan") == display_zone("Africa/Abidjan")
    assert load_zone("Africa/Abidjan") == ZoneInfo("Africa/Abidjan")
