"""Headers that protect every page, and forms that only our own pages may send."""

import pytest
from starlette.testclient import TestClient

from service.boot import build_runtime
from service.config import Settings
from service.web.app import make_app


def test_every_page_carries_the_headers_that_protect_it(client: TestClient) -> None:
    for path in ("/", "/n/none", "/breaks"):
        headers = client.get(path).headers

        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe-inline" not in headers["content-security-policy"]
        # Whoever tries Crieur without TLS has their site's pictures without it, too.
        assert "img-src 'self' data: https: http:" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"
        assert "strict-transport-security" not in headers


def test_pages_have_no_inline_script_or_style(client: TestClient) -> None:
    page = client.get("/").text

    assert "<style" not in page
    assert " style=" not in page
    assert "<script" not in page


def test_https_is_remembered_by_browsers(settings: Settings) -> None:
    secure = build_runtime(settings.model_copy(update={"public_url": "https://crieur.test"}))
    try:
        with TestClient(make_app(secure)) as client:
            headers = client.get("/healthz").headers
    finally:
        secure.close()

    assert headers["strict-transport-security"] == "max-age=31536000"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "none"}, 200),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "http://crieur.test"}, 200),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://[::1"}, 403),
        ({"origin": "http://["}, 403),
    ],
)
def test_a_console_form_from_another_site_is_refused(
    client: TestClient, headers: dict[str, str], status: int
) -> None:
    assert client.post("/console/acts", headers=headers).status_code == status
