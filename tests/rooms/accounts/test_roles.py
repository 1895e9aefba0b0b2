"""What each role may do."""

from service.accounts.roles import ALLOWED, May, Role, may


def test_an_owner_may_do_everything() -> None:
    assert all(may("owner", what) for what in May)


def test_a_viewer_may_only_read() -> None:
    assert [what for what in May if may("viewer", what)] == [May.READ]


def test_an_editor_may_do_all_but_keys_and_operators() -> None:
    assert set(May) - {what for what in May if may("editor", what)} == {May.KEYS, May.OPERATORS}


def test_an_unknown_role_may_do_nothing() -> None:
    assert not any(may("root", what) for what in May)


def test_every_role_is_described() -> None:
    assert set(ALLOWED) == set(Role)
