"""The agreed clock: what the database says, however long its answer takes."""

from datetime import UTC, datetime, timedelta
from time import monotonic, sleep

from service.kit.clock import DatabaseClock

EPOCH = datetime(2023, 2, 8, 6, 0, tzinfo=UTC)


class Server:
    """Tells a time that runs with this machine's, after `delays` seconds on each answer's way."""

    def __init__(self, *delays: float) -> None:
        self.delays = list(delays)
        self.began = monotonic()
        self.is_away = False

    def __call__(self) -> datetime | None:
        if self.is_away:
            return None
        told = self.true_time()
        # An answer on its way is what is tried here; nobody waits for anything by it.
        sleep(self.delays.pop(0) if self.delays else 0)
        return told

    def true_time(self) -> datetime:
        return EPOCH + timedelta(seconds=monotonic() - self.began)


def test_the_quickest_answer_counts() -> None:
    server = Server(0.3)

    clock = DatabaseClock(server, local=lambda: EPOCH)
    clock()

    assert abs(server.true_time() - clock()) < timedelta(seconds=0.1)


def test_a_slow_answer_is_reckoned_half_as_old() -> None:
    server = Server(0.2, 0.2, 0.2)

    clock = DatabaseClock(server, local=lambda: EPOCH)
    clock()

    behind = server.true_time() - clock()
    assert timedelta(seconds=0.05) < behind < timedelta(seconds=0.15)


def test_without_an_answer_the_local_clock_counts() -> None:
    server = Server()
    server.is_away = True

    clock = DatabaseClock(server, local=lambda: EPOCH)

    assert clock() == EPOCH
