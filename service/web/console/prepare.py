"""The editor's page: the coming edition as it fills, and what editors do to it.

Every form carries the version of the edition that its page has shown. If another editor has changed
it since, nothing is overwritten: words that were typed are shown again beside the other's.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from itertools import groupby
from typing import Literal

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from service.accounts import operators
from service.articles import find as articles
from service.audience.section_selection import bit_mask
from service.delivery.trials import request_trial
from service.editions import curate
from service.editions.curate import SUMMARY_LENGTH, TITLE_LENGTH, EditedMeanwhile, Editor
from service.editions.curated import TEXT_LENGTHS
from service.editions.find import coming_editions, get_edition
from service.editions.kind import EditionKind
from service.editions.lifecycle import CURATABLE
from service.editions.proposal import EditionProposal, propose
from service.editions.read_models import EditionDetails
from service.editions.subject_test import URGENT
from service.editions.subject_test_rules import LEAST_AUDIENCE, LEAST_READERS, longest_wait
from service.kit.errors import Conflict, Invalid
from service.newsletters import catalogue
from service.newsletters.details import NewsletterDetails
from service.newsletters.frequency import offered_frequencies
from service.rendering.views import PREHEADER_LENGTH, SUBJECT_LENGTH
from service.reports import reader_counts
from service.reports.subject_tests import (
    SubjectTestReport,
    expected_audience,
    expected_sample,
    get_subject_test,
)
from service.reports.variants import PREVIEW_MODES
from service.web.console.auth import EditPermission, ViewPermission
from service.web.console.form_model import FormModel, OptionalText, RowNumber, whole_number
from service.web.console.form_values import FormValues, PostedForm
from service.web.console.letter import correction_facts
from service.web.console.page import ConsoleRequest

router = APIRouter()
HOME = "/console/editions"
_MOST_FOUND = 20
_MOST_WORDS = 100
_SAMPLE = 20
"""Percent of the readers that the page proposes for a subject test."""

_PROPOSED_WAIT = timedelta(hours=1)
TEST_FIELDS = ("second_subject", "sample", "wait", "measure")


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedTest:
    """What was typed into the form of the subject test, and why it was not stored."""

    typed: FormValues
    error: Conflict | Invalid


class VersionForm(FormModel):
    """Which version of the edition the page has shown."""

    version: RowNumber


class ArticleForm(VersionForm):
    """One article of the edition. No article has the id 0."""

    article: RowNumber
    section: RowNumber = 0
    title: OptionalText = None
    summary: OptionalText = None


@router.get("/newsletters/{slug}/coming")
def show_coming(console: ViewPermission, slug: str) -> Response:
    """Lead to the newsletter's coming edition; without a schedule there is none."""
    newsletter = catalogue.get(console.session, slug)
    coming = coming_editions(console.session, newsletter.id)
    if not coming:
        key = "console.prepare.none"
        return console.redirect(f"/console/newsletters/{slug}", key, tone="bad")
    return RedirectResponse(f"{HOME}/{coming[0].id}/prepare", status_code=303)


@router.get("/editions/{edition_id}/prepare")
def show_prepare(
    console: ViewPermission, edition_id: int, look: str = "desktop", find: str = ""
) -> Response:
    """Show what the edition has now, and what editors may do to it."""
    edition = get_edition(console.session, edition_id)
    if edition.state not in CURATABLE:
        return RedirectResponse(f"{HOME}/{edition_id}", status_code=303)
    return prepare_page(console, edition, look=look, find=find[:_MOST_WORDS])


@router.post("/editions/{edition_id}/prepare/text")
def save_text(console: EditPermission, edition_id: int, typed: PostedForm) -> Response:
    """Save what is written around the articles."""
    if typed.text("speak"):
        edition = get_edition(console.session, edition_id)
        return prepare_page(console.in_chosen_language(typed), edition, typed=typed)
    form = VersionForm.parse(typed)
    texts = {name: typed.raw(name) for name in TEXT_LENGTHS}
    editor = Editor(operator_id=console.me.operator_id, seen=form.version)
    try:
        with console.session.begin_nested():
            curate.write_text(console.session, edition_id, texts, editor, now=console.now)
    except EditedMeanwhile as conflict:
        edition = get_edition(console.session, edition_id)
        return prepare_page(console, edition, typed=typed, conflict=conflict, status=409)
    except Invalid as wrong:
        edition = get_edition(console.session, edition_id)
        return prepare_page(console, edition, typed=typed, problem=wrong, status=422)
    except Conflict as refused:
        return console.redirect_refused(f"{HOME}/{edition_id}", refused)
    console.record("edition.text_written", edition_id=edition_id)
    return console.redirect(f"{HOME}/{edition_id}/prepare#text", "console.prepare.done.text")


@router.post("/editions/{edition_id}/prepare/order")
def save_order(console: EditPermission, edition_id: int, typed: PostedForm) -> Response:
    """Put the articles of one section in the order of the posted ids."""
    form = VersionForm.parse(typed)
    ids = [whole_number(text, most_digits=18) or 0 for text in typed.all("order")]
    return _change(
        console,
        edition_id,
        "edition.article_moved",
        lambda: curate.order(
            console.session, edition_id, ids, _editor(console, form), now=console.now
        ),
    )


@router.post("/editions/{edition_id}/prepare/{act}")
def change_article(
    console: EditPermission,
    edition_id: int,
    act: Literal["pin", "drop", "restore", "up", "down", "section", "rewrite"],
    typed: PostedForm,
) -> Response:
    """Change one article of the edition."""
    form = ArticleForm.parse(typed)
    session, now, editor = console.session, console.now, _editor(console, form)
    acts: Mapping[str, Callable[[], None]] = {
        "pin": lambda: curate.pin(session, edition_id, form.article, editor, now=now),
        "drop": lambda: curate.drop(session, edition_id, form.article, editor, now=now),
        "restore": lambda: curate.restore(session, edition_id, form.article, editor, now=now),
        "up": lambda: _step(console, edition_id, form, by=-1),
        "down": lambda: _step(console, edition_id, form, by=1),
        "section": lambda: curate.move_to_section(
            session, edition_id, form.article, form.section, editor, now=now
        ),
        "rewrite": lambda: curate.rewrite(
            session,
            edition_id,
            form.article,
            {"title": form.title, "summary": form.summary},
            editor,
            now=now,
        ),
    }
    event = {
        "pin": "edition.article_pinned",
        "drop": "edition.article_dropped",
        "restore": "edition.article_restored",
        "section": "edition.article_moved",
        "rewrite": "edition.article_rewritten",
    }.get(act, "edition.article_moved")
    return _change(console, edition_id, event, acts[act], article_id=form.article)


def _editor(console: ConsoleRequest, form: VersionForm) -> Editor:
    return Editor(operator_id=console.me.operator_id, seen=form.version)


def _step(console: ConsoleRequest, edition_id: int, form: ArticleForm, *, by: int) -> None:
    """Move an article one place within its section, as the page shows it now."""
    proposal = propose(console.session, edition_id, now=console.now)
    for _, group in groupby(proposal.articles, key=lambda each: each.section.id):
        ids = [each.article.id for each in group]
        if form.article in ids:
            place = ids.index(form.article)
            other = min(max(place + by, 0), len(ids) - 1)
            ids[place], ids[other] = ids[other], ids[place]
            curate.order(console.session, edition_id, ids, _editor(console, form), now=console.now)


def _change(
    console: ConsoleRequest,
    edition_id: int,
    event: str,
    act: Callable[[], None],
    **facts: object,
) -> Response:
    article = facts.get("article_id")
    here = f"{HOME}/{edition_id}/prepare" + (f"#article-{article}" if article else "#articles")
    try:
        with console.session.begin_nested():
            act()
    except (Conflict, Invalid) as refused:
        return console.redirect_refused(here, refused)
    console.record(event, edition_id=edition_id, **facts)
    return RedirectResponse(here, status_code=303)


def prepare_page(
    console: ConsoleRequest,
    edition: EditionDetails,
    *,
    look: str = "desktop",
    find: str = "",
    typed: FormValues | None = None,
    conflict: EditedMeanwhile | None = None,
    problem: Invalid | None = None,
    refused_test: RefusedTest | None = None,
    status: int = 200,
) -> Response:
    """Return the page, with what was typed into a form that was refused."""
    newsletter = catalogue.get_by_id(console.session, edition.newsletter_id)
    proposal = propose(console.session, edition.id, now=console.now)
    stored = {name: value or "" for name, value in asdict(proposal.text).items()}
    chosen = console.request.query_params.getlist("section")
    mask = _chosen_mask(proposal, chosen)
    tested = get_subject_test(console.session, edition)
    return console.page(
        "prepare",
        status=status,
        edition=edition,
        newsletter=newsletter,
        proposal=proposal,
        letter=correction_facts(console.session, edition),
        by_section=[
            (section, list(group))
            for section, group in groupby(proposal.articles, key=lambda each: each.section)
        ],
        texts=stored if typed is None else {name: typed.raw(name) for name in TEXT_LENGTHS},
        stored_texts=stored,
        lengths={**TEXT_LENGTHS, "title": TITLE_LENGTH, "summary": SUMMARY_LENGTH},
        shown_lengths={"subject": SUBJECT_LENGTH, "preheader": PREHEADER_LENGTH},
        conflict=conflict,
        problem=problem.message if problem else None,
        who=_names(console, edition),
        other_drafts=[
            each
            for each in coming_editions(console.session, newsletter.id)
            if each.id != edition.id
        ],
        is_manual=edition.kind is not EditionKind.DIGEST,
        has_series=len(offered_frequencies(newsletter)) > 1,
        look=look if look in PREVIEW_MODES else "desktop",
        modes=PREVIEW_MODES,
        mask=mask,
        tested=tested,
        test_values=_test_values(tested, newsletter, refused_test),
        test_problem=refused_test.error.message if refused_test else None,
        sample_readers=expected_sample(
            reader_counts.count_readers(console.session, newsletter), edition.frequency, _SAMPLE
        ),
        least_readers=LEAST_READERS,
        least_audience=LEAST_AUDIENCE,
        audience=expected_audience(
            reader_counts.count_readers(console.session, newsletter), edition.frequency
        ),
        longest_wait=_minutes(longest_wait(newsletter.valid_for)),
        may_test=edition.kind not in URGENT,
        trials=request_trial.list_trials(console.session, edition.id),
        own_address=console.me.address,
        chosen=chosen,
        find=find,
        found=articles.list_articles(console.session, words=find, size=_MOST_FOUND).rows
        if find
        else [],
    )


def _test_values(
    tested: SubjectTestReport | None, newsletter: NewsletterDetails, refused: RefusedTest | None
) -> Mapping[str, object]:
    """Return the fields of the subject test's form: as typed, as stored, or as proposed."""
    if refused is not None:
        return {name: refused.typed.text(name) for name in TEST_FIELDS}
    if tested is None:
        wait = min(_PROPOSED_WAIT, longest_wait(newsletter.valid_for))
        return {"second_subject": "", "sample": _SAMPLE, "wait": _minutes(wait), "measure": ""}
    plan = tested.test.plan
    return {
        "second_subject": plan.second_subject,
        "sample": plan.sample_percent,
        "wait": _minutes(plan.wait),
        "measure": plan.measure.value,
    }


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds() // 60)


def _chosen_mask(proposal: EditionProposal, chosen: list[str]) -> int:
    sections = {each.section.slug: each.section.bit for each in proposal.articles}
    mask = bit_mask(sections[slug] for slug in chosen if slug in sections)
    return mask or proposal.section_mask


def _names(console: ConsoleRequest, edition: EditionDetails) -> dict[int, str]:
    """Return the names of the operators that the page mentions."""
    wanted = {edition.curated_by, edition.approved_by}
    return {
        each.id: each.name
        for each in operators.list_operators(console.session)
        if each.id in wanted
    }
