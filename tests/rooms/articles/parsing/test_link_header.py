"""WordPress names its REST API in a Link header, and a hub may stand there, too."""

from hypothesis import given
from hypothesis import strategies as st

from service.articles.parsing.link_header import linked_urls

BASE = "https://courrier.example/rubrique/"
# As WordPress sends them, joined to one list.
WORDPRESS = (
    '<https://courrier.example/wp-json/>; rel="https://api.w.org/", '
    '<https://courrier.example/wp-json/wp/v2/pages/2>; rel="alternate"; title="JSON, <de>"; '
    'type="application/json", <https://courrier.example/>; rel=shortlink'
)


def test_a_relation_is_found_among_others() -> None:
    """A quoted title may hold a comma and angle brackets, which separate nothing there."""
    api = list(linked_urls(WORDPRESS, "https://api.w.org/", base=BASE))
    short = list(linked_urls(WORDPRESS, "shortlink", base=BASE))

    assert api == ["https://courrier.example/wp-json/"]
    assert short == ["https://courrier.example/"]


def test_a_target_may_be_relative_and_have_several_relations() -> None:
    """RFC 8288 lets a target be relative, and `rel` be a list in any case."""
    header = '</hub>; title="x"; REL="HUB preconnect"'

    assert list(linked_urls(header, "hub", base=BASE)) == ["https://courrier.example/hub"]


def test_a_target_that_is_no_web_address_is_left_out() -> None:
    """The header is a stranger's: what is found in it is fetched."""
    header = '<javascript:alert(1)>; rel="hub", <file:///etc/passwd>; rel=hub'

    assert list(linked_urls(header, "hub", base=BASE)) == []


@given(st.text(alphabet='<>;,="\\ rel hub/:h', max_size=300))
def test_any_header_is_read_without_an_error(header: str) -> None:
    """A broken header is a site's mistake; discovery goes on without it."""
    assert all(url.startswith("http") for url in linked_urls(header, "hub", base=BASE))
