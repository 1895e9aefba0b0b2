"""An edition as the API shows it, before its freeze and after."""

from fastapi import Response

from service.delivery.enrolment.correction_readers import correction_readers
from service.editions import edition_json
from service.editions.corrections import corrected_editions
from service.editions.curated import edition_text
from service.editions.find import edition_articles, get_edition
from service.editions.kind import EditionKind
from service.editions.lifecycle import BEFORE_FREEZE
from service.editions.proposal import propose
from service.newsletters import catalogue
from service.reports.revisions import revision_counts
from service.reports.subject_tests import get_subject_test, subject_test_json
from service.web.api.api_key_auth import ApiCall
from service.web.api.edition_models import EditionContent
from service.web.api.preconditions import etag_of


def show_content(call: ApiCall, edition_id: int, response: Response) -> EditionContent:
    """Return an edition as it is now, with its articles, and set the ETag."""
    call.session.flush()
    edition = get_edition(call.session, edition_id)
    response.headers["ETag"] = etag_of(edition.curation_version)
    newsletter = catalogue.get_by_id(call.session, edition.newsletter_id)
    told = edition_json.edition_to_json(edition, newsletter)
    if edition.state in BEFORE_FREEZE:
        told |= edition_json.proposal_to_json(propose(call.session, edition_id, now=call.now))
    else:
        told["articles"] = edition_json.frozen_to_json(edition_articles(call.session, edition_id))
        told["texts"] = edition_json.texts_to_json(edition_text(call.session, edition_id))
        told["revisions"] = [each.as_dict() for each in revision_counts(call.session, edition_id)]
    told["subject_test"] = subject_test_json(get_subject_test(call.session, edition))
    if edition.kind is EditionKind.CORRECTION:
        about = corrected_editions(call.session, edition_id)
        told["corrects"] = [each.as_dict() for each in about]
        is_open = edition.enrolled_at is None
        told["goes_to"] = correction_readers(call.session, edition_id).count if is_open else None
    return EditionContent.model_validate(told)
