"""A browser without JavaScript does with a form what HTML says, and no more."""

import socket
import threading
from collections.abc import Iterator

import lxml.html
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from service.devkit.demo import browser
from service.kit.errors import Unavailable
from tests.rooms.devkit.conftest import serving

FORM = """
<!doctype html><title>Sections</title>
<form action="sent" method="post">
  <input type="hidden" name="token" value="t0ken">
  <input type="email" name="email" value="">
  <input type="checkbox" name="section" value="politics" checked>
  <input type="checkbox" name="section" value="culture">
  <input type="checkbox" name="section" value="sport">
  <button>Send</button>
</form>
"""


async def show(_request: Request) -> Response:
    return HTMLResponse(FORM)


async def take(request: Request) -> Response:
    form = await request.form()
    words = " ".join(f"{name}={value}" for name, value in form.multi_items())
    return HTMLResponse(f"<title>{words}</title>")


async def move(_request: Request) -> Response:
    return RedirectResponse("/moved/form", status_code=303)


async def echo(request: Request) -> Response:
    return JSONResponse(dict(request.query_params))


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    app = Starlette(
        routes=[
            Route("/form", show),
            Route("/moved/form", show),
            Route("/sent", take, methods=["POST"]),
            Route("/moved/sent", take, methods=["POST"]),
            Route("/old", move),
            Route("/echo", echo),
        ]
    )
    with serving(app) as client:
        yield f"http://127.0.0.1:{client.port}"


def title_of(page: lxml.html.HtmlElement) -> str:
    return str(page.findtext(".//title"))


def test_what_the_visitor_leaves_alone_keeps_its_value(site: str) -> None:
    """Without the hidden token the product refuses the form, and the demonstration would end."""
    answer = browser.submit(browser.open_page(f"{site}/form"), {"email": "aya@example.org"})

    assert title_of(answer) == "token=t0ken email=aya@example.org section=politics"


def test_named_boxes_are_ticked_and_the_others_cleared(site: str) -> None:
    """A reader who chooses other sections must lose the one that was ticked before."""
    answer = browser.submit(browser.open_page(f"{site}/form"), {"section": ("culture", "sport")})

    assert title_of(answer) == "token=t0ken email= section=culture section=sport"


def test_a_form_behind_a_redirect_is_sent_to_where_it_came_from(site: str) -> None:
    """The form's address is relative to the page that was reached, not the one asked for."""
    answer = browser.submit(browser.open_page(f"{site}/old"))

    assert title_of(answer) == "token=t0ken email= section=politics"


def test_json_is_asked_for_with_its_query(site: str) -> None:
    """Addresses hold `+` and `@`: unescaped, the inbox would look for another reader."""
    assert browser.read_json(f"{site}/echo", to="a+b@example.org", limit=5) == {
        "to": "a+b@example.org",
        "limit": "5",
    }


def test_a_page_that_is_not_there_is_named_with_its_status(site: str) -> None:
    """The scenario stops with this sentence; a traceback of urllib names no page."""
    with pytest.raises(Unavailable, match=r"/gone answered 404\.$"):
        browser.open_page(f"{site}/gone")


def test_a_button_that_is_refused_is_an_error(site: str) -> None:
    """A click that the inbox does not take would be waited for until the patience ends."""
    with pytest.raises(Unavailable, match=r"/echo answered 405\.$"):
        browser.post(f"{site}/echo", why="hard")


def test_a_site_that_is_away_is_named(refusing_port: int) -> None:
    """While daemons start, this is the normal case, and callers wait for it to pass."""
    with pytest.raises(Unavailable, match=rf"127\.0\.0\.1:{refusing_port}/ did not answer"):
        browser.open_page(f"http://127.0.0.1:{refusing_port}/")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/", "/n/le-matin"])
def test_only_web_pages_are_opened(url: str) -> None:
    """Links come out of messages: one that names a file must not be read from this machine."""
    with pytest.raises(ValueError, match="web pages only"):
        browser.open_page(url)


def test_a_server_that_hangs_up_is_away_too() -> None:
    """A daemon that dies in the middle of an answer is waited for like one that has not begun."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"

        def hang_up() -> None:
            visitor, _ = listening.accept()
            visitor.close()

        thread = threading.Thread(target=hang_up)
        thread.start()

        with pytest.raises(Unavailable, match="did not answer"):
            browser.open_page(url)
        thread.join()
