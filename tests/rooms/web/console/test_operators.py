"""The journal's buttons that shut operators out and let them in."""

from service.accounts import audit, operators
from service.accounts.roles import Role
from service.boot import Runtime
from tests.rooms.web.signed_in import an_operator


def _number(runtime: Runtime, address: str) -> int:
    with runtime.begin() as session:
        return operators.find_by_address(session, address).id


def test_an_owner_disables_and_enables_an_editor(runtime: Runtime) -> None:
    owner, editor = an_operator(runtime), an_operator(runtime, Role.EDITOR)
    number = _number(runtime, "editor-fr@example.org")
    assert "Désactiver" in owner.get("/console/journal").text

    disabled = owner.post(f"/console/operators/{number}/disable", follow_redirects=True)
    shut_out = editor.get("/console")
    enabled = owner.post(f"/console/operators/{number}/enable", follow_redirects=True)

    assert "déconnecté partout" in disabled.text
    assert "Désactivé" in disabled.text
    assert shut_out.status_code == 303
    assert "peut de nouveau se connecter" in enabled.text
    with runtime.begin() as session:
        assert [each.event for each in audit.recent_entries(session)] == [
            "operator.enabled",
            "operator.disabled",
        ]


def test_the_last_owner_has_no_button_and_cannot_be_disabled(runtime: Runtime) -> None:
    owner = an_operator(runtime)
    number = _number(runtime, "owner-fr@example.org")

    page = owner.get("/console/journal").text
    answer = owner.post(f"/console/operators/{number}/disable", follow_redirects=True)

    assert f"/operators/{number}/disable" not in page
    assert "dernier propriétaire" in answer.text
    assert owner.get("/console").status_code == 200


def test_an_editor_has_no_such_buttons(runtime: Runtime) -> None:
    an_operator(runtime)
    editor = an_operator(runtime, Role.EDITOR)
    number = _number(runtime, "owner-fr@example.org")

    assert "/console/operators/" not in editor.get("/console/journal").text
    assert editor.post(f"/console/operators/{number}/disable").status_code == 403
