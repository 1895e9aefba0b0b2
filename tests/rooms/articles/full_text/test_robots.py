"""What a site asks of robots is done, also when its file is strange."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.articles.full_text.robots import MAX_DELAY, is_allowed, parse_robots

SITE = "https://courrier.example"


@pytest.mark.parametrize(
    ("robots", "path", "allowed"),
    [
        ("", "/a", True),
        ("User-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\nDisallow:", "/a", True),
        ("User-agent: *\nDisallow: /prive", "/prive/a", False),
        ("User-agent: *\nDisallow: /prive", "/public", True),
        # The longest rule decides, and of equal ones the one that allows (RFC 9309, 2.2.2).
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", True),
        ("User-agent: *\nAllow: /a\nDisallow: /a", "/a", True),
        # Only the group for Crieur counts where there is one.
        ("User-agent: *\nDisallow: /\n\nUser-agent: Crieur\nAllow: /", "/a", True),
        ("User-agent: *\nAllow: /\n\nUser-agent: crieur/1.0\nDisallow: /", "/a", False),
        ("User-agent: a\nUser-agent: *\nDisallow: /x", "/x", False),
        ("User-agent: Crieurs\nDisallow: /", "/a", True),
        ("User-agent: *\nDisallow: /*.pdf$", "/a.pdf", False),
        ("User-agent: *\nDisallow: /*.pdf$", "/a.pdf?x", True),
        ("User-agent: *\nDisallow: /*?print=", "/a?print=1", False),
        ("User-agent: *\nDisallow: /exact$", "/exact", False),
        ("User-agent: *\nDisallow: /exact$", "/exactly", True),
        ("User-agent: *\nDisallow: /a*b*c", "/a-b-c", False),
        ("User-agent: *\nDisallow: /a*b*c", "/a-c-b", True),
        ("User-agent: *\nDisallow: /café", "/caf%C3%A9", False),
        ("\ufeffUser-agent: * # all\r\nDisallow: /x # not this", "/x", False),
        ("Disallow: /", "/a", True),
        ("<!doctype html><p>Not found", "/a", True),
    ],
)
def test_a_path_is_allowed_or_not(robots: str, path: str, *, allowed: bool) -> None:
    """A publisher who disallows a path has a reason."""
    assert is_allowed(robots.encode(), SITE + path)[0] is allowed


@pytest.mark.parametrize(
    ("value", "delay"),
    [
        ("10", timedelta(seconds=10)),
        ("0.5", timedelta(seconds=0.5)),
        ("9999", MAX_DELAY),
        ("soon", None),
        ("-1", None),
    ],
)
def test_a_delay_is_obeyed_within_reason(value: str, delay: timedelta | None) -> None:
    """A small server asks for peace; a joke must not stop a newsletter for a year."""
    robots = f"User-agent: *\nCrawl-delay: {value}".encode()

    assert is_allowed(robots, f"{SITE}/a")[1] == delay


@given(st.binary(max_size=300), st.text(max_size=30))
def test_any_bytes_are_read(data: bytes, path: str) -> None:
    """A robots.txt is a stranger's file."""
    assert is_allowed(b"User-agent: *\nAllow: /\n" + data, f"{SITE}/{path}") is not None


@given(st.lists(st.sampled_from(["/", "a", "b", "*"]), max_size=8), st.text("ab/", max_size=8))
def test_the_end_of_a_pattern_only_narrows_it(pattern: list[str], path: str) -> None:
    """`$` must not disallow what the pattern without it lets through."""

    def disallows(pattern: str) -> bool:
        robots = f"User-agent: *\nDisallow: {pattern}"
        return not parse_robots(robots.encode()).allows(f"{SITE}/{path}")

    rule = "/" + "".join(pattern)
    assert disallows(rule) or not disallows(f"{rule}$")
