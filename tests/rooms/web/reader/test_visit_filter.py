"""Who counts as a person."""

import pytest

from service.web.reader.visit_filter import is_a_persons

SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 16_3 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/16.3 Mobile/15E148 Safari/604.1"
)
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"


@pytest.mark.parametrize("agent", [SAFARI, GMAIL, "Mozilla/5.0 (X11; Linux) Thunderbird/102.7.1"])
def test_a_browser_or_an_email_program_is_a_persons(agent: str) -> None:
    assert is_a_persons({"user-agent": agent})


@pytest.mark.parametrize(
    "agent",
    [
        "",
        "Mozilla/5.0",
        "curl/7.88",
        "python-requests/2.28",
        "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
        "Mozilla/5.0 (Windows NT 10.0) HeadlessChrome/110.0",
        "Barracuda Sentinel (EE)",
        "Mimecast-Scanner",
        "WhatsApp/2.22 A",
        "Slackbot-LinkExpanding 1.0",
    ],
)
def test_a_program_that_looks_ahead_is_not(agent: str) -> None:
    assert not is_a_persons({"user-agent": agent})


@pytest.mark.parametrize("name", ["purpose", "sec-purpose", "x-purpose", "x-moz"])
def test_a_page_that_is_fetched_ahead_is_not(name: str) -> None:
    assert not is_a_persons({"user-agent": SAFARI, name: "prefetch;prerender"})


def test_a_head_is_not() -> None:
    assert not is_a_persons({"user-agent": SAFARI}, is_head=True)
