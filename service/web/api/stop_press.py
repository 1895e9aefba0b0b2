"""Stop press for publishers' systems: withdraw or correct an article that readers have."""

from typing import Annotated, Self

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator

from service.editions import control, stop_press
from service.editions.curate import SUMMARY_LENGTH, TITLE_LENGTH
from service.editions.find import edition_articles, get_edition
from service.kit.errors import NotFound
from service.reports.revisions import revision_counts
from service.reports.stop_press import concerned_editions
from service.web.api.edition_calls import DECIDED, EditionNumber, Writing, with_example
from service.web.api.edition_models import ArticleNumber, RevisionEntry

router = APIRouter(prefix="/api/v1", tags=["editions"])


class StopPress(BaseModel):
    """What to do, in this order: pause the edition, then withdraw or correct the article."""

    model_config = ConfigDict(extra="forbid")

    pause: bool = False
    article: ArticleNumber | None = None
    withdraw: bool = False
    title: Annotated[str, Field(max_length=TITLE_LENGTH)] | None = None
    summary: Annotated[str, Field(max_length=SUMMARY_LENGTH)] | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        is_corrected = self.title is not None or self.summary is not None
        if self.withdraw and is_corrected:
            raise ValueError("Withdraw an article or correct it, not both.")
        if (self.withdraw or is_corrected) != (self.article is not None):
            raise ValueError("Name the article, and what becomes of it: withdraw, title, summary.")
        return self


class ConcernedEntry(BaseModel):
    """A frozen edition that carries the article, of any newsletter."""

    edition: int
    newsletter: str
    state: str
    paused: bool
    readers: int
    handed_over: int = Field(description="Readers who have it, or may have it.")
    waiting: int = Field(description="Readers who get it with the change.")


class StopPressResult(BaseModel):
    """Who had which revision at that moment, and the editions that change."""

    edition: int
    paused: bool
    changed: bool
    revisions: list[RevisionEntry]
    editions: list[ConcernedEntry]


@router.post(
    "/editions/{edition}/stop-press",
    summary="Stop an edition, withdraw or correct an article of it",
    responses=DECIDED,
    openapi_extra=with_example({"pause": True, "article": 345, "withdraw": True}),
)
def stop_the_press(call: Writing, edition: EditionNumber, wanted: StopPress) -> StopPressResult:
    """Scope `editions:write`. The change is for every edition that carries the article.

    Messages that have not been sent go out with it within seconds; those of a paused edition once
    it is resumed.
    """
    stop_press.require_frozen(get_edition(call.session, edition))
    if wanted.pause and get_edition(call.session, edition).paused_at is None:
        control.pause(call.session, edition, now=call.now)
        call.record("edition.pause", edition_id=edition)
    changed = wanted.article is not None and _change(call, edition, wanted.article, wanted)
    call.session.flush()
    concerned = concerned_editions(call.session, wanted.article) if wanted.article else []
    return StopPressResult.model_validate(
        {
            "edition": edition,
            "paused": get_edition(call.session, edition).paused_at is not None,
            "changed": changed,
            "revisions": [each.as_dict() for each in revision_counts(call.session, edition)],
            "editions": [each.as_dict() for each in concerned],
        }
    )


def _change(call: Writing, edition_id: int, article_id: int, wanted: StopPress) -> bool:
    if article_id not in {each.article.id for each in edition_articles(call.session, edition_id)}:
        raise NotFound(f"Edition {edition_id} has no article {article_id}.")
    facts = {"edition_id": edition_id, "article_id": article_id}
    if wanted.withdraw:
        changed = stop_press.withdraw_article(call.session, article_id, now=call.now)
        event = "article.withdrawn"
    else:
        changed = stop_press.correct_article(
            call.session, article_id, title=wanted.title, summary=wanted.summary, now=call.now
        )
        event = "article.corrected"
    if changed:
        call.record(event, **facts)
    return changed
