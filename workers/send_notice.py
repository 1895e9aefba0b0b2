"""Hand one transactional message to the relay."""

from service.boot import Runtime, send_dependencies
from service.delivery.notices.send_notice import send_notice
from workers.process import draining


def run(runtime: Runtime, *, notice_id: int) -> None:
    """Do nothing if it has been sent, is being sent, or is not due."""
    send_notice(notice_id, send_dependencies(runtime), stop=draining.is_set)
