"""`crieur article correct|refile`, as an operator types it."""

from service.boot import Runtime
from service.cli import article
from tests.audit_trail import audited
from tests.builders import a_newsletter
from tests.rooms.cli.conftest import DATA, Run, told

CLIPPING = DATA / "clippings" / "01-the-whole-shape.txt"


def test_an_article_is_corrected_and_refiled_by_command(run: Run, runtime: Runtime) -> None:
    """What is not given stays, and each change is in the audit trail once."""
    with runtime.begin() as session:
        newsletter = a_newsletter(session, "Continent", "Culture", now=runtime.clock())
    (added,) = told(run(article.app, "add", CLIPPING, "--json"))

    said = [
        run(article.app, "correct", added["id"], "--title", "Un titre", "--author", "Awa Koné"),
        run(article.app, "correct", added["id"], "--title", "Un titre"),
        run(article.app, "refile", added["id"], "--newsletter", "le-matin", "--section", "culture"),
    ]
    wrong = run(article.app, "refile", 1, "--newsletter", "le-matin", "--section", "Sport")

    (shown,) = told(run(article.app, "show", added["id"], "--json"))
    assert [each.stdout.split(".")[0] for each in said] == [
        "Corrected",
        "That changes nothing",
        "Filed in culture of Le Matin",
    ]
    assert (shown["title"], shown["authors"]) == ("Un titre", ["Awa Koné"])
    assert shown["summary"] == added["summary"]
    assert "it has Continent and Culture" in str(wrong.exception)
    assert audited(runtime.begin) == [
        ("article.corrected", {"article_id": added["id"]}),
        ("article.refiled", {"article_id": added["id"], "newsletter_id": newsletter.id}),
    ]
