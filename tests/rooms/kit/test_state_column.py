"""A column of states holds no other word, and an assignment is a transition."""

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import IntegrityError, StatementError

from service.audience.lifecycle import SubscriptionState
from service.audience.tables import Subscription
from service.boot import Runtime
from service.kit.db import Session
from service.kit.lifecycle import IllegalTransitionError
from tests.builders import a_newsletter, a_reader


def _a_subscription(session: Session, runtime: Runtime, state: str) -> Subscription:
    newsletter = a_newsletter(session, now=runtime.clock())
    return a_reader(session, newsletter, now=runtime.clock(), state=state)


def test_an_assignment_that_is_a_transition_is_stored(runtime: Runtime) -> None:
    with runtime.begin() as session:
        _a_subscription(session, runtime, "pending").state = SubscriptionState.ACTIVE

    with runtime.begin() as session:
        assert session.scalars(select(Subscription.state)).all() == [SubscriptionState.ACTIVE]
        assert session.scalar(text("SELECT state FROM subscription")) == "active"


def test_any_other_assignment_is_refused_and_changes_nothing(runtime: Runtime) -> None:
    with runtime.begin() as session:
        subscription = _a_subscription(session, runtime, "active")
        with pytest.raises(IllegalTransitionError, match="active cannot become pending"):
            subscription.state = SubscriptionState.PENDING
        assert subscription.state is SubscriptionState.ACTIVE


def test_the_state_before_is_loaded_when_it_is_not_known(runtime: Runtime) -> None:
    with runtime.begin() as session:
        subscription = _a_subscription(session, runtime, "active")
        session.expire(subscription)
        with pytest.raises(IllegalTransitionError, match="active cannot become pending"):
            subscription.state = SubscriptionState.PENDING


def test_a_new_row_begins_in_the_first_state() -> None:
    assert Subscription(state=SubscriptionState.PENDING).state is SubscriptionState.PENDING
    with pytest.raises(IllegalTransitionError, match="cannot begin as active"):
        Subscription(state=SubscriptionState.ACTIVE)


def test_a_word_that_is_no_state_reaches_neither_a_statement_nor_the_table(
    runtime: Runtime,
) -> None:
    with runtime.begin() as session:
        _a_subscription(session, runtime, "active")

    with pytest.raises(StatementError, match="'gone' is not a valid"), runtime.begin() as session:
        session.execute(update(Subscription).values(state="gone"))
    with pytest.raises(IntegrityError, match="ck_subscription_state"), runtime.begin() as session:
        session.execute(text("UPDATE subscription SET state = 'gone'"))
    with pytest.raises(StatementError, match="is not a valid"), runtime.begin() as session:
        session.execute(insert(Subscription).values(state="", newsletter_id=1, subscriber_id=1))
