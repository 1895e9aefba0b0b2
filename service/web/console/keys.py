"""API keys of the publisher's systems, and the journal of what operators did."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import Field

from service.accounts import api_keys, audit, operators
from service.accounts.api_keys import ApiKeyScope
from service.kit.errors import Invalid, NotFound
from service.kit.paging import make_page
from service.kit.translatable import translatable
from service.reports import audit_labels
from service.web.console.auth import KeysPermission, ViewPermission
from service.web.console.form_model import ErrorKey, FormModel
from service.web.console.form_values import FormValues, PostedForm
from service.web.console.page import ConsoleRequest

router = APIRouter()
HOME = "/console/keys"
_PAGE = 50


class KeyForm(FormModel):
    """A new key."""

    name: Annotated[str, Field(min_length=1, max_length=100), ErrorKey("console.keys.wrong.name")]


@router.get("/keys")
def show_keys(console: KeysPermission) -> Response:
    """List keys."""
    return _page(console)


@router.post("/keys")
def create_key(console: KeysPermission, typed: PostedForm) -> Response:
    """Make a key and show it this once; reloading the page cannot show it again."""
    typed_name = typed.text("name")
    if typed.text("speak"):
        return _page(
            console.in_chosen_language(typed), typed_name=typed_name, ticked=typed.all("scopes")
        )
    form, problems = KeyForm.bind(typed)
    if form is None:
        return _page(
            console,
            problem=problems["name"],
            typed_name=typed_name,
            ticked=typed.all("scopes"),
        )
    secret = api_keys.create_key(
        console.session,
        name=form.name,
        scopes=_scopes(typed),
        now=console.now,
        operator_id=console.me.operator_id,
    )
    console.record("key.created", name=form.name)
    return _page(console, secret=secret)


def _scopes(typed: FormValues) -> list[ApiKeyScope]:
    """Return what is ticked; without a tick a key reports articles, as most do."""
    try:
        return [ApiKeyScope(each) for each in typed.all("scopes")] or [ApiKeyScope.EVENTS]
    except ValueError:
        raise Invalid(translatable("request.value_not_offered", field="scopes")) from None


@router.post("/keys/{key_id}/revoke")
def revoke_key(console: KeysPermission, key_id: int) -> Response:
    """Stop a key from working."""
    try:
        api_keys.revoke_key(console.session, key_id, now=console.now)
    except NotFound:
        return console.redirect(HOME, "console.keys.gone", tone="bad")
    console.record("key.revoked", key_id=key_id)
    return console.redirect(HOME, "console.keys.revoked")


@router.get("/journal")
def show_journal(console: ViewPermission, before: int | None = None) -> Response:
    """List what operators did, and who they are."""
    found = audit.recent_entries(console.session, before_id=before, limit=_PAGE + 1)
    return console.page(
        "journal",
        page=make_page(found, [each.id for each in found], size=_PAGE),
        names=audit_labels.load_labels(console.session, found),
        operators=operators.list_operators(console.session),
        owners=operators.count_owners(console.session),
        zone=console.running.settings.publication_time_zone,
    )


def _page(
    console: ConsoleRequest,
    *,
    secret: str | None = None,
    problem: str | None = None,
    typed_name: str = "",
    ticked: Sequence[str] = (ApiKeyScope.EVENTS,),
) -> Response:
    return console.page(
        "keys",
        status=422 if problem else 200,
        keys=api_keys.list_keys(console.session),
        secret=secret,
        problem=problem,
        typed_name=typed_name,
        ticked=ticked,
        scopes=list(ApiKeyScope),
        public_url=console.running.settings.public_url,
        zone=console.running.settings.publication_time_zone,
    )
