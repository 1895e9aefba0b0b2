"""What programs and people are shown when something is wrong."""

import pytest
import structlog
from starlette.testclient import TestClient

from service.web import pages


def test_an_unexpected_error_is_a_page_with_a_reference_and_no_trace(
    client: TestClient, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    page = client.get("/breaks", headers={"accept-language": "en"})

    # A command that ran earlier in this process has given structlog to the standard loggers.
    printed = capsys.readouterr().out
    log = printed if "web.failed" in printed else caplog.text
    assert log.count("web.failed") == 1
    assert page.headers["x-request-id"] in log
    assert page.status_code == 500
    assert page.headers["x-request-id"] in page.text
    assert "nobody expected" not in page.text
    assert "Traceback" not in page.text


def test_programs_get_a_problem_document_and_people_a_page(client: TestClient) -> None:
    program = client.get("/api/v1/refuses")
    person = client.get("/console/refuses", headers={"accept": "text/html"})
    broken = client.get("/api/v1/breaks")

    assert program.headers["content-type"] == "application/problem+json"
    assert program.json()["detail"] == "This is already done."
    assert program.json()["status"] == program.status_code == 409
    assert "This is already done." in person.text
    assert program.headers["content-language"] == "en"
    assert broken.json()["status"] == 500
    assert "nobody expected" not in broken.text


def test_a_refusal_with_a_key_is_in_the_readers_language_and_programs_get_the_key(
    client: TestClient,
) -> None:
    program = client.get("/api/v1/refuses-with-a-key")
    person = client.get(
        "/console/refuses-with-a-key", headers={"accept": "text/html", "accept-language": "fr"}
    )

    assert program.json()["detail"] == (
        "This newsletter has 200 rules, which is the most it may have."
    )
    assert program.json()["detail_key"] == "section_rule.too_many"
    assert program.json()["detail_params"] == {"limit": 200}
    assert '<p lang="fr">Cette newsletter a 200 règles' in person.text


@pytest.mark.parametrize("language", ["fr", "en", ""])
@pytest.mark.parametrize("path", ["refuses", "breaks", "nothing"])
def test_a_program_is_told_in_one_language(client: TestClient, language: str, path: str) -> None:
    english = client.get(f"/api/v1/{path}", headers={"accept-language": "en"})

    answer = client.get(f"/api/v1/{path}", headers={"accept-language": language})

    assert answer.json() == english.json()
    assert answer.json()["title"] in {
        pages.wording().catalogues["en"][key]
        for key in pages.wording().catalogues["en"]
        if key.endswith(".title")
    }


def test_a_wrong_method_is_a_page_too(client: TestClient) -> None:
    answer = client.delete("/", headers={"accept-language": "en"})

    assert answer.status_code == 405
    assert "Not possible here" in answer.text
    assert "GET" in answer.headers["allow"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/confirm/forged", 404),
        ("POST", "/api/v1/events/articles", 401),
        ("POST", "/console/acts", 403),
        ("DELETE", "/", 405),
    ],
)
def test_what_is_not_taken_leaves_a_line_without_the_link(
    client: TestClient, method: str, path: str, status: int
) -> None:
    headers = {"sec-fetch-site": "cross-site"}

    with structlog.testing.capture_logs() as lines:
        answered = client.request(method, path, headers=headers, json={"a": 1})

    assert answered.status_code == status
    (line,) = [each for each in lines if each["event"] == "web.refused"]
    assert (line["status"], line["area"]) == (status, path.split("/")[1])
    assert "forged" not in str(line)


def test_an_address_that_leads_nowhere_makes_no_noise(client: TestClient) -> None:
    with structlog.testing.capture_logs() as lines:
        assert client.get("/wp-login.php").status_code == 404

    assert lines == []
