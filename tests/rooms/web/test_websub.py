"""A hub's requests reach the right subscription, and anything else learns nothing."""

from tests.fakes.hub import path_of, signature
from tests.rooms.articles.websub.conftest import Subscriber, rss, subscriber

__all__ = ["subscriber"]


def test_a_long_challenge_is_cut(subscriber: Subscriber) -> None:
    """Our answer is no storage for strangers."""
    subscriber.publish(1)
    subscriber.poll()
    subscriber.sweep()

    answered = subscriber.verify(subscriber.hub.asked[0], challenge="x" * 5_000)

    assert (answered.status_code, len(answered.text)) == (200, 2_000)


def test_each_result_has_its_status(subscriber: Subscriber) -> None:
    """The hub repeats what failed, and ends what is gone."""
    form, body = subscriber.subscribe(), rss(2)
    good, bad = signature(body, form["hub.secret"]), signature(body, "other")
    paths = [(path_of(form), good), (path_of(form), bad), ("/websub/none", good)]

    statuses = [
        subscriber.client.post(path, content=body, headers=headers).status_code
        for path, headers in paths
    ]

    assert statuses == [202, 202, 404]
