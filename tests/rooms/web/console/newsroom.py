"""What tests of console pages start from."""

from service.boot import Runtime
from service.newsletters import catalogue


def find_newsletter(runtime: Runtime) -> int:
    """Return the id of the first newsletter."""
    with runtime.begin() as session:
        return catalogue.list_newsletters(session)[0].id
