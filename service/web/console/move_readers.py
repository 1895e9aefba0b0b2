"""Move readers to a rarer frequency: how many, a question, and where a move stands."""

from fastapi import APIRouter
from fastapi.responses import Response

from service.delivery.workflow import move_readers
from service.kit.errors import Conflict
from service.newsletters import catalogue
from service.newsletters.frequency import Frequency
from service.reports import reader_counts
from service.web.console.auth import EditPermission
from service.web.console.form_values import PostedForm
from service.web.console.page import ConsoleRequest

router = APIRouter()


@router.get("/newsletters/{slug}/move")
def show_move_readers(console: EditPermission, slug: str) -> Response:
    """Show what can be moved, with how many readers each choice affects."""
    return _page(console, slug)


@router.post("/newsletters/{slug}/move")
def start_move(console: EditPermission, slug: str, typed: PostedForm) -> Response:
    """Start the move that was chosen, once the box is ticked that says whom it affects."""
    newsletter = catalogue.get(console.session, slug)
    chosen = {f"{old}-{new}": (old, new) for old, new in move_readers.possible_moves(newsletter)}
    move = chosen.get(typed.text("move"))
    if move is None or not typed.text("agreed"):
        key = "console.move.wrong" if move is None else "console.move.not_agreed"
        return _page(console, slug, problem=key, picked=typed.text("move"))
    here = f"/console/newsletters/{slug}/move"
    try:
        started = move_readers.start_move(console.session, newsletter.id, *move, now=console.now)
    except Conflict as refused:
        return console.redirect_refused(here, refused)
    console.record("newsletter.readers_moved", newsletter_id=newsletter.id, readers=started.readers)
    return console.redirect(here, "console.move.started")


def _page(
    console: ConsoleRequest, slug: str, *, problem: str | None = None, picked: str = ""
) -> Response:
    newsletter = catalogue.get(console.session, slug)
    readers = reader_counts.count_readers(console.session, newsletter)
    moves = [
        (old, new, count)
        for old, new in move_readers.possible_moves(newsletter)
        if (count := readers.by_frequency.get(old, 0))
    ]
    return console.page(
        "move_readers",
        status=422 if problem else 200,
        newsletter=newsletter,
        moves=moves,
        counted_at=readers.counted_at,
        picked=picked or _proposed(moves, newsletter.default_frequency),
        problem=problem,
        last=move_readers.last_move(console.session, newsletter.id),
    )


def _proposed(moves: list[tuple[Frequency, Frequency, int]], default: Frequency) -> str:
    """Return the first move to what new readers get."""
    return next((f"{old}-{new}" for old, new, _ in moves if new is default), "")
