"""Passwords are checked with the same care whether or not there is one."""

import time

import pytest
from argon2 import PasswordHasher

from service.accounts import passwords


def test_a_password_fits_its_own_hash_only() -> None:
    stored = passwords.hash_password("une phrase à moi")

    assert passwords.verify_password(stored, "une phrase à moi").is_correct
    assert not passwords.verify_password(stored, "une phrase à toi").is_correct


def test_the_hash_is_argon2id_and_salted() -> None:
    first, second = (
        passwords.hash_password("une phrase à moi"),
        passwords.hash_password("une phrase à moi"),
    )

    assert first.startswith("$argon2id$")
    assert first != second


def test_without_a_stored_hash_nothing_fits_not_even_the_stand_in() -> None:
    assert not passwords.verify_password(None, "no operator has this password").is_correct
    assert not passwords.verify_password(None, "").is_correct


def test_a_hash_of_an_older_cost_fits_and_is_told_to_be_outdated() -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash("une phrase à moi")

    checked = passwords.verify_password(weak, "une phrase à moi")

    assert checked.is_correct
    assert checked.needs_rehash


def test_a_damaged_hash_fits_nothing() -> None:
    assert not passwords.verify_password("$argon2id$damaged", "une phrase à moi").is_correct


def test_an_endless_password_is_refused_without_work() -> None:
    stored = passwords.hash_password("x" * passwords.MAX_LENGTH)

    assert not passwords.verify_password(stored, "x" * 10_000_000).is_correct


@pytest.mark.parametrize(("length", "good"), [(9, False), (10, True), (200, True), (201, False)])
def test_only_the_length_is_asked_for(length: int, *, good: bool) -> None:
    assert passwords.has_good_length("é" * length) is good


@pytest.mark.parametrize(
    "made_for_it", ["4@8({[<369&#!1/|0$5+7%2" * 9, "4@8({[<3169!|70$5+%2/" * 9]
)
def test_no_password_keeps_the_estimator_busy(made_for_it: str) -> None:
    passwords.is_guessable("to load its lists")
    began = time.thread_time()

    passwords.is_guessable(made_for_it)

    assert time.thread_time() - began < 4
