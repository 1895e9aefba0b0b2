"""Hand one transactional mail to the relay."""

from service.boot import Runtime, crew
from service.delivery.notices import send_notice
from workers.process import draining


def run(runtime: Runtime, *, notice_id: int) -> None:
    """Do nothing if it has been sent, is being sent, or is not due."""
    send_notice(notice_id, crew(runtime), stop=draining.is_set)
