"""Disable and enable operators."""

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from service.accounts import operators
from service.kit.errors import Conflict, NotFound
from service.web.console import auth
from service.web.console.auth import OperatorsPermission

router = APIRouter()
HERE = "/console/journal"


@router.post("/operators/{operator_id}/disable")
def disable_operator(console: OperatorsPermission, operator_id: int) -> Response:
    """Disable an operator and end their sessions."""
    try:
        ended = operators.disable(console.session, operator_id, now=console.now)
    except NotFound:
        return console.redirect(HERE, "console.operators.gone", tone="bad")
    except Conflict:
        return console.redirect(HERE, "console.operators.last_owner", tone="bad")
    console.record("operator.disabled", operator_id=operator_id, keys=ended.keys)
    if operator_id == console.me.operator_id:
        return auth.delete_session_cookie(RedirectResponse("/console/sign-in", status_code=303))
    return console.redirect(HERE, "console.operators.disabled")


@router.post("/operators/{operator_id}/enable")
def enable_operator(console: OperatorsPermission, operator_id: int) -> Response:
    """Enable a disabled operator."""
    try:
        operators.enable(console.session, operator_id)
    except NotFound:
        return console.redirect(HERE, "console.operators.gone", tone="bad")
    console.record("operator.enabled", operator_id=operator_id)
    return console.redirect(HERE, "console.operators.enabled")
