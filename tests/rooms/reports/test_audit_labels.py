"""What the ids of audit records are called today."""

from service.accounts.audit import AuditRecord
from service.kit.db import Begin
from service.newsletters.tables import Newsletter
from service.reports.audit_labels import load_labels
from tests.builders import a_newsletter, a_reader, an_article
from tests.conftest import FakeClock


def test_ids_are_labelled_with_what_they_stand_for(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        newsletter = a_newsletter(session, name="Le Matin", now=clock())
        article = an_article(session, "Culture", seen=clock(), title="Le musée rouvre")
        reader = a_reader(session, newsletter, now=clock(), address="awa@example.org")
        facts = {
            "newsletter_id": newsletter.id,
            "article_id": article.id,
            "subscriber_id": reader.subscriber_id,
            "count": 3,
        }
        entry = AuditRecord(id=1, at=clock(), operator=None, event="x.happened", facts=facts)

        labels = load_labels(session, [entry])

        assert {fact: label.name for (fact, _), label in labels.items()} == {
            "newsletter_id": "Le Matin",
            "article_id": "Le musée rouvre",
            "subscriber_id": "awa@example.org",
        }
        assert labels["newsletter_id", newsletter.id].newsletter == newsletter.slug


def test_an_archived_newsletter_has_no_pages_to_link_to(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        newsletter = a_newsletter(session, now=clock())
        session.get_one(Newsletter, newsletter.id).archived_at = clock()
        session.flush()
        entry = AuditRecord(
            id=1,
            at=clock(),
            operator=None,
            event="x.happened",
            facts={"newsletter_id": newsletter.id},
        )

        label = load_labels(session, [entry])["newsletter_id", newsletter.id]

        assert (label.name, label.newsletter) == (newsletter.name, None)
