"""What each role may do."""

from service.accounts.roles import PERMISSIONS, Permission, Role, is_allowed, roles_with


def test_an_owner_may_do_everything() -> None:
    assert all(is_allowed("owner", what) for what in Permission)


def test_a_viewer_may_only_read() -> None:
    assert [what for what in Permission if is_allowed("viewer", what)] == [Permission.READ]


def test_an_editor_may_do_all_but_keys_and_operators() -> None:
    assert set(Permission) - {what for what in Permission if is_allowed("editor", what)} == {
        Permission.KEYS,
        Permission.OPERATORS,
    }


def test_an_unknown_role_may_do_nothing() -> None:
    assert not any(is_allowed("root", what) for what in Permission)


def test_every_role_is_described() -> None:
    assert set(PERMISSIONS) == set(Role)


def test_the_roles_with_a_permission_are_named_the_most_powerful_first() -> None:
    assert roles_with(Permission.READ) == [Role.OWNER, Role.EDITOR, Role.VIEWER]
    assert roles_with(Permission.KEYS) == [Role.OWNER]
