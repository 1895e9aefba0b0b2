import re

from service.audience.reader_token import LENGTH as TOKEN_LENGTH
from service.rendering.placeholder import LENGTH, make_placeholder


def test_a_placeholder_is_as_long_as_a_token_and_never_the_same_twice() -> None:
    made = {make_placeholder() for _ in range(100)}

    assert len(made) == 100
    assert all(
        re.fullmatch("crieurtoken[a-z2-7]{31}", one) and len(one) == LENGTH == TOKEN_LENGTH
        for one in made
    )
