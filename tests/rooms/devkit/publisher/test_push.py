"""What the local publisher tells Crieur."""

import json
from datetime import timedelta
from pathlib import Path

from service.devkit.publisher.journal import BACKLOG, PublishingJournal
from service.devkit.publisher.push import EventPusher, PushTarget
from tests.rooms.devkit.conftest import Listener
from tests.rooms.devkit.publisher.conftest import BASE, EVERY, NOW


def test_crieur_is_told_each_event_once_and_in_order(
    press: PublishingJournal, tmp_path: Path, listener: Listener
) -> None:
    target = PushTarget(url=f"{listener.url}/api/v1/events/articles", key="k3y")
    pusher = EventPusher(press, tmp_path, target=target, base=BASE)

    pusher.advance(NOW)
    pusher.advance(NOW)
    press.advance(NOW + EVERY)
    EventPusher(press, tmp_path, target=target, base=BASE).advance(NOW + EVERY)

    groups = [json.loads(body)["events"] for _, _, body in listener.told]
    assert len(groups[0]) + len(groups[1]) == len(press.entries(0))
    assert groups[0][0]["type"] == "published"
    assert len([e for e in groups[0] if e["type"] == "published"]) == BACKLOG
    assert listener.told[0][1]["Authorization"] == "Bearer k3y"
    assert len(listener.told) == 2


def test_an_event_waits_until_crieur_is_back(
    press: PublishingJournal, tmp_path: Path, listener: Listener
) -> None:
    listener.statuses[:] = [503, 200]
    target = PushTarget(url=listener.url, key="k", languages=("en",))
    pusher = EventPusher(press, tmp_path, target=target, base=BASE)

    pusher.advance(NOW)
    pusher.advance(NOW + timedelta(milliseconds=500))
    too_early = len(listener.told)
    pusher.advance(NOW + timedelta(seconds=2))

    events = json.loads(listener.told[1][2])["events"]
    assert too_early == 1
    assert listener.told[0][2] == listener.told[1][2]
    assert {event["article"]["language"] for event in events} == {"en"}


def test_a_refused_event_does_not_hold_up_the_next(
    press: PublishingJournal, tmp_path: Path, listener: Listener
) -> None:
    listener.statuses[:] = [422]
    pusher = EventPusher(press, tmp_path, target=PushTarget(url=listener.url, key="k"), base=BASE)

    pusher.advance(NOW)
    press.advance(NOW + EVERY)
    pusher.advance(NOW + EVERY)

    assert len(listener.told) == 2
    assert listener.told[0][2] != listener.told[1][2]
