"""A newsletter's section rules: add, order and remove them, and see what falls through."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Literal
from urllib.parse import urlsplit

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BeforeValidator

from service.articles import section_rules
from service.articles.placement import RuleField
from service.articles.section_rules import TriedPlacement
from service.kit.errors import Conflict, Invalid
from service.kit.translatable import TranslatableMessage, translatable
from service.newsletters import catalogue
from service.newsletters.details import NewsletterDetails
from service.web.console.auth import EditPermission, ViewPermission
from service.web.console.form_model import FormModel, OptionalText, RowNumber, whole_number
from service.web.console.form_values import FormValues, PostedForm
from service.web.console.page import ConsoleRequest

router = APIRouter()

LOOKED_BACK = timedelta(days=14)
TRIED = 100
"""Articles against which a rule is tested."""

WHERE_IT_STANDS = "-"
"""The choice of no section for a rule that only says what is breaking: no slug is a hyphen."""

_MOST_LOOKED_AT = 1_000
_MOST_SHOWN = 100
_STEPS = {"up": -1, "down": 1}


class RuleForm(FormModel):
    """A new rule; what its pattern may be is for the room of articles to say."""

    by: RuleField
    pattern: str
    section: OptionalText
    breaking: Annotated[bool, BeforeValidator(bool)]
    # 1 is the first; None is the last.
    place: Annotated[int | None, BeforeValidator(lambda text: whole_number(text, most_digits=4))]

    @property
    def target(self) -> str | None:
        """The section to place in; None leaves out, or leaves alone what is only breaking.

        Raises:
            Invalid: the rule would leave out what makes an alert, or do nothing.
        """
        is_kept = self.section == WHERE_IT_STANDS
        if self.breaking and self.section is None:
            raise Invalid(translatable("section_rule.left_out_alert"))
        if is_kept and not self.breaking:
            raise Invalid(translatable("section_rule.does_nothing"))
        return None if is_kept else self.section


class RuleChangeForm(FormModel):
    """One step of a rule, or its end. No rule has the id 0."""

    rule: RowNumber
    act: Literal["up", "down", "remove"]


@router.get("/newsletters/{slug}/rules")
def show_rules(console: ViewPermission, slug: str) -> Response:
    """List the rules, and what fell through."""
    return _page(console, catalogue.get(console.session, slug))


@router.post("/newsletters/{slug}/rules")
def add_rule(console: EditPermission, slug: str, typed: PostedForm) -> Response:
    """Add a rule."""
    newsletter = catalogue.get(console.session, slug)
    if typed.text("speak"):
        return _page(console.in_chosen_language(typed), newsletter, typed=typed, status=200)
    form, _ = RuleForm.bind(typed)
    if form is None:
        return _page(console, newsletter, typed=typed)
    try:
        rule_id = section_rules.add_rule(
            console.session,
            newsletter,
            field=form.by,
            pattern=form.pattern,
            section=form.target,
            place=form.place,
            is_breaking=form.breaking,
        )
    except (Invalid, Conflict) as wrong:
        return _page(console, newsletter, typed=typed, problem=wrong.message)
    console.record("newsletter.rule_added", newsletter_id=newsletter.id, rule_id=rule_id)
    return console.redirect(_home(slug), "console.rules.done.added")


@router.post("/newsletters/{slug}/rules/test")
def try_rule(console: EditPermission, slug: str, typed: PostedForm) -> Response:
    """Show what a rule would do to the last articles; nothing is stored."""
    newsletter = catalogue.get(console.session, slug)
    form, _ = RuleForm.bind(typed)
    if form is None:
        return _page(console, newsletter, typed=typed)
    try:
        tried = section_rules.try_rule(
            console.session,
            newsletter,
            field=form.by,
            pattern=form.pattern,
            section=form.target,
            place=form.place,
            is_breaking=form.breaking,
            limit=TRIED,
        )
    except Invalid as wrong:
        return _page(console, newsletter, typed=typed, problem=wrong.message)
    return _page(console, newsletter, typed=typed, tried=tried, status=200)


@router.post("/newsletters/{slug}/rules/order")
def order_rules(console: EditPermission, slug: str, typed: PostedForm) -> Response:
    """Put the rules in the order of the posted ids."""
    newsletter = catalogue.get(console.session, slug)
    ids = [whole_number(text, most_digits=18) or 0 for text in typed.all("order")]
    section_rules.order_rules(console.session, newsletter, ids)
    console.record("newsletter.rule_moved", newsletter_id=newsletter.id)
    return console.redirect(_home(slug), "console.rules.done.moved")


@router.post("/newsletters/{slug}/rules/change")
def change_rule(console: EditPermission, slug: str, typed: PostedForm) -> Response:
    """Move a rule one place up or down, or remove it."""
    newsletter = catalogue.get(console.session, slug)
    form = RuleChangeForm.parse(typed)
    facts = {"newsletter_id": newsletter.id, "rule_id": form.rule}
    if form.act in _STEPS:
        section_rules.move_rule(console.session, newsletter, form.rule, by=_STEPS[form.act])
        console.record("newsletter.rule_moved", **facts)
        return console.redirect(_home(slug), "console.rules.done.moved")
    section_rules.remove_rule(console.session, newsletter, form.rule)
    console.record("newsletter.rule_removed", **facts)
    return console.redirect(_home(slug), "console.rules.done.removed")


def _home(slug: str) -> str:
    return f"/console/newsletters/{slug}/rules"


def _page(
    console: ConsoleRequest,
    newsletter: NewsletterDetails,
    *,
    typed: FormValues | None = None,
    problem: TranslatableMessage | None = None,
    tried: Sequence[TriedPlacement] | None = None,
    status: int | None = None,
) -> Response:
    previews = section_rules.preview_placements(
        console.session, newsletter, since=console.now - LOOKED_BACK, limit=_MOST_LOOKED_AT
    )
    return console.page(
        "rules",
        status=status or (422 if typed is not None else 200),
        newsletter=newsletter,
        rules=section_rules.list_rules(console.session, newsletter),
        tried=tried,
        most_tried=TRIED,
        placed_by=Counter(each.placement.rule_id for each in previews),
        kinds=[each.value for each in RuleField],
        fell=[each for each in previews if each.placement.section is None][:_MOST_SHOWN],
        path_of=lambda url: urlsplit(url).path,
        typed=typed or FormValues(()),
        problem=problem,
    )
