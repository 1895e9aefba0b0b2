"""Reduce a digest that Gmail would clip, step by step, until it fits.

Gmail hides everything after 102 KB, including the unsubscribe link. The steps start with what
readers miss least: summaries are shortened, then pictures are dropped, then the last articles of
the longest sections are replaced by a link to the web version.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from service.kit.translatable import TranslatableMessage, translatable
from service.rendering.checks import MAX_HTML_BYTES
from service.rendering.locale_format import shorten
from service.rendering.render import RenderedMessage, render_message
from service.rendering.views import ArticleView, DigestView

REDUCED_SUMMARY_LENGTH = 160
REDUCED_BODY_LENGTH = 20_000
ARTICLES_PER_SECTION = (12, 8, 5, 3, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedDigest:
    """A rendered digest, and the reductions that made it fit."""

    rendered: RenderedMessage
    reductions: tuple[TranslatableMessage, ...]


def render_within_budget(view: DigestView, *, limit: int = MAX_HTML_BYTES) -> FittedDigest:
    """Render the digest with the fewest reductions that keep its HTML within `limit` bytes.

    If even the last step is too large, the result is returned as it is; `checks` refuses it.
    """
    reductions: tuple[TranslatableMessage, ...] = ()
    rendered = render_message(view.template, view)
    steps = reduction_steps(view)
    while len(rendered.html.encode()) > limit:
        smaller = next(steps, None)
        if smaller is None:
            break
        reductions = (*reductions, smaller.description)
        rendered = render_message(view.template, smaller.view)
    return FittedDigest(rendered=rendered, reductions=reductions)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReductionStep:
    """A digest after all reductions up to `level`, and a description of the last one."""

    level: int
    view: DigestView
    description: TranslatableMessage


def reduction_steps(view: DigestView) -> Iterator[ReductionStep]:
    """Yield the digest with one more reduction each time, from level 1 on.

    The result for a section at a level does not depend on the other sections. A level that changes
    none of them is skipped.
    """
    view = _each_article(view, _with_short_summary)
    description = translatable("rendering.short_summaries", length=REDUCED_SUMMARY_LENGTH)
    yield ReductionStep(level=1, view=view, description=description)
    view = _each_article(view, _without_picture)
    description = translatable("rendering.no_pictures")
    yield ReductionStep(level=2, view=view, description=description)
    for level, most in enumerate(ARTICLES_PER_SECTION, start=3):
        if all(len(section.articles) <= most for section in view.sections):
            continue
        view = _at_most(view, most)
        left_out = sum(section.left_out for section in view.sections)
        description = translatable("rendering.fewer_articles", count=left_out)
        yield ReductionStep(level=level, view=view, description=description)


def reduce_to_level(view: DigestView, level: int) -> DigestView:
    """Return the digest at a level, or at the last level before it that changes anything."""
    reduced = view
    for smaller in reduction_steps(view):
        if smaller.level > level:
            break
        reduced = smaller.view
    return reduced


def _each_article(view: DigestView, change: Callable[[ArticleView], ArticleView]) -> DigestView:
    return replace(
        view,
        sections=tuple(
            replace(section, articles=tuple(change(article) for article in section.articles))
            for section in view.sections
        ),
    )


def _with_short_summary(article: ArticleView) -> ArticleView:
    summary = shorten(article.summary, REDUCED_SUMMARY_LENGTH)
    return replace(article, summary=summary, body=_first_paragraphs(article.body))


def _first_paragraphs(paragraphs: tuple[str, ...]) -> tuple[str, ...]:
    """Return the beginning of a long text, at least one paragraph; the link leads to the rest."""
    kept: list[str] = []
    length = 0
    for each in paragraphs:
        length += len(each)
        if kept and length > REDUCED_BODY_LENGTH:
            break
        kept.append(each)
    return tuple(kept)


def _without_picture(article: ArticleView) -> ArticleView:
    return replace(article, image_url=None)


def _at_most(view: DigestView, most: int) -> DigestView:
    return replace(
        view,
        sections=tuple(
            replace(
                section,
                articles=section.articles[:most],
                left_out=section.left_out + max(0, len(section.articles) - most),
            )
            for section in view.sections
        ),
    )
