"""An edition as the API shows it: a correction has no articles but readers, others the reverse."""

from fastapi import Response

from service.accounts import api_keys
from service.accounts.api_keys import ApiKeyScope
from service.boot import Runtime
from service.web.api.api_key_auth import ApiCall
from service.web.api.edition_content import show_content
from tests.conftest import FakeClock
from tests.rooms.delivery.workflow.test_correction import a_correction, revised_after_the_first


def test_only_a_correction_says_what_it_corrects(runtime: Runtime, clock: FakeClock) -> None:
    issue = revised_after_the_first(runtime.begin, clock)
    correction = a_correction(runtime.begin, clock, issue)
    with runtime.begin() as session:
        secret = api_keys.create_key(
            session, name="rédaction", scopes=[ApiKeyScope.READ_EDITIONS], now=clock.now
        )
        key = api_keys.find_key(session, secret)
        assert key is not None
        call = ApiCall(session=session, key=key, now=clock.now)
        response = Response()
        digest = show_content(call, issue.edition_id, response)
        letter = show_content(call, correction.edition_id, response)

    assert (digest.corrects, digest.goes_to, len(digest.articles)) == ([], None, 3)
    assert [each.accepted for each in digest.revisions] == [1, 2]
    assert (letter.goes_to, letter.articles, letter.revisions) == (1, [], [])
    assert response.headers["etag"] == '"0"'
