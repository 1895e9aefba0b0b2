"""An edition is rendered in parts, and the variant for a section mask is a join of them.

The frame is a message without its sections; a block is one section at one level of reduction.
Whatever else depends on the mask (subject, preheader, the line that names the sections) is a mark
in the frame. Inlining costs a hundred times as much as joining and happens once per level, for any
number of masks. The join has the same bytes as a rendering of the whole variant; a test compares
them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Self

from service.kit.translatable import TranslatableMessage, untranslated
from service.rendering.checks import (
    MAX_HTML_BYTES,
    RenderingProblem,
    find_problems,
    find_problems_in_block,
    find_problems_in_size,
    find_problems_in_subject,
)
from service.rendering.inline import serialise_text
from service.rendering.placeholder import make_mark
from service.rendering.render import RenderedMessage, render_message
from service.rendering.size_budget import reduce_to_level, reduction_steps
from service.rendering.tables import Rendition
from service.rendering.views import DigestView, MarkedView

_GAP = "\n\n"


class LevelNotRendered(Exception):  # noqa: N818  Not an error: the caller renders the level and assembles again.
    """A variant needs blocks of a level that has not been rendered."""

    def __init__(self, level: int) -> None:
        """Keep the missing level."""
        super().__init__(f"level {level}")
        self.level = level


@dataclass(frozen=True, kw_only=True)
class SectionBlock:
    """One section at one level; both parts end with a line break."""

    bit: int
    html: str
    text: str
    problems: tuple[RenderingProblem, ...] = ()

    @cached_property
    def size(self) -> int:
        """Return the size of its HTML in bytes."""
        return len(self.html.encode())


@dataclass(frozen=True, kw_only=True)
class MessageFrame:
    """A message without its sections.

    `mark` stands where the sections go, and is the prefix of the other marks; `placeholder` stands
    where a reader's token goes.
    """

    html: str
    text: str
    mark: str
    placeholder: str = ""
    problems: tuple[RenderingProblem, ...] = ()

    @cached_property
    def pieces(self) -> tuple[str, ...]:
        """Return its HTML, split into lines with a mark and the stretches between them."""
        found = [""]
        for line in self.html.splitlines(keepends=True):
            if self.mark in line:
                found += [line, ""]
            else:
                found[-1] += line
        return tuple(found)

    @cached_property
    def ends(self) -> tuple[str, str]:
        """Return its text before and after the sections."""
        head, foot = self.text.split(self.mark)
        return head, foot

    @cached_property
    def size(self) -> int:
        """Return the size in bytes of the pieces without a mark."""
        return sum(len(piece.encode()) for piece in self.pieces if self.mark not in piece)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssembledMessage:
    """The message of one variant, in pieces that many variants share.

    Every piece but the last ends with a line break.
    """

    subject: str
    html: tuple[str, ...]
    text: tuple[str, ...]
    placeholder: str
    reductions: tuple[TranslatableMessage, ...]
    problems: tuple[RenderingProblem, ...]

    @classmethod
    def of(cls, stored: Rendition) -> Self:
        """Return a variant that was stored in one piece."""
        return cls(
            subject=stored.subject,
            html=(stored.html,),
            text=(stored.text,),
            placeholder=stored.placeholder,
            reductions=tuple(map(untranslated, stored.warnings)),
            problems=(),
        )

    @property
    def rendered(self) -> RenderedMessage:
        """Return the message in one piece."""
        return RenderedMessage(
            subject=self.subject, html="".join(self.html), text="".join(self.text)
        )

    @property
    def warnings(self) -> list[TranslatableMessage]:
        """Return the reductions and the problems."""
        return [*self.reductions, *(problem.message for problem in self.problems)]


def render_parts(view: DigestView, placeholder: str) -> tuple[MessageFrame, list[SectionBlock]]:
    """Render a digest whose personal links hold `placeholder`; return its frame and its blocks."""
    frame, blocks = _render(view)
    mail = RenderedMessage(
        # The subject of each variant is checked when it is assembled.
        subject=view.branding.newsletter_name or "-",
        html=frame.html.replace(f"<!--{frame.mark}-->", ""),
        text=frame.text.replace(frame.mark, ""),
    )
    address = view.branding.postal_address
    problems = find_problems(mail, placeholder=placeholder, postal_address=address)
    return replace(frame, placeholder=placeholder, problems=tuple(problems)), blocks


def render_level(view: DigestView, level: int) -> list[SectionBlock]:
    """Render a digest at a level and return its blocks."""
    return _render(reduce_to_level(view, level))[1]


def _render(view: DigestView) -> tuple[MessageFrame, list[SectionBlock]]:
    values = {each.name: getattr(view, each.name) for each in fields(DigestView)}
    mark = make_mark()
    page = render_message(view.template, MarkedView(**(values | {"seam": mark})))
    seam = f"<!--{mark}-->"
    # A rendering of the whole has one line break between two sections, and three in its text.
    html_head, *htmls, html_foot = (part.strip("\n") + "\n" for part in page.html.split(seam))
    text_head, *texts, text_foot = (part.strip("\n") + "\n" for part in page.text.split(mark))
    frame = MessageFrame(
        html=f"{html_head}{seam}\n{html_foot}".rstrip("\n"),
        text=f"{text_head}{mark}{_GAP}{text_foot}",
        mark=mark,
    )
    return frame, [
        SectionBlock(
            bit=section.bit,
            html=html,
            text=text,
            problems=tuple(find_problems_in_block(html, text)),
        )
        for section, html, text in zip(view.sections, htmls, texts, strict=True)
    ]


@dataclass(frozen=True, kw_only=True)
class EditionParts:
    """All parts of one revision of an edition, and the view of what is in them.

    The view needs no more of an article than its headline and its summary. `limit` is the largest
    HTML part in bytes.
    """

    view: DigestView
    frame: MessageFrame
    blocks: Mapping[int, Mapping[int, SectionBlock]] = field(default_factory=dict)
    limit: int = MAX_HTML_BYTES

    def assemble(self, mask: int) -> AssembledMessage:
        """Join the sections whose bits are set in `mask`, with the fewest reductions that fit.

        If even the last level is too large, the problems say so.

        Raises:
            LevelNotRendered: a level that it needs is not among the blocks.
        """
        reductions: tuple[TranslatableMessage, ...] = ()
        view, level = self.view.for_sections(mask), 0
        steps = reduction_steps(view)
        while True:
            blocks = self._blocks_of(view, level)
            html, size = self._join_html(view, blocks)
            smaller = next(steps, None) if size > self.limit else None
            if smaller is None:
                break
            view, level = smaller.view, smaller.level
            reductions += (smaller.description,)
        return AssembledMessage(
            subject=view.subject,
            html=html,
            text=self._join_text(blocks),
            placeholder=self.frame.placeholder,
            reductions=reductions,
            problems=tuple(self._problems(view.subject, blocks, size)),
        )

    def _blocks_of(self, view: DigestView, level: int) -> list[SectionBlock]:
        found = self.blocks.get(level)
        if found is None:
            raise LevelNotRendered(level)
        return [found[section.bit] for section in view.sections]

    def _join_html(
        self, view: DigestView, blocks: Sequence[SectionBlock]
    ) -> tuple[tuple[str, ...], int]:
        """Return the pieces, and their total size in bytes."""
        mark = self.frame.mark
        size = self.frame.size + sum(block.size for block in blocks)
        pieces: list[str] = []
        for piece in self.frame.pieces:
            if mark not in piece:
                pieces.append(piece)
            elif f"<!--{mark}-->" in piece:
                pieces += [block.html for block in blocks]
            else:
                pieces.append(_fill(piece, mark, view))
                size += len(pieces[-1].encode())
        return tuple(piece for piece in pieces if piece), size

    def _join_text(self, blocks: Sequence[SectionBlock]) -> tuple[str, ...]:
        head, foot = self.frame.ends
        pieces = [head]
        for block in blocks:
            pieces += [_GAP, block.text]
        return (*pieces, foot)

    def _problems(
        self, subject: str, blocks: Sequence[SectionBlock], size: int
    ) -> Iterator[RenderingProblem]:
        seen = set()
        found = [
            *find_problems_in_size(size),
            *find_problems_in_subject(subject, self.frame.placeholder),
            *self.frame.problems,
            *(problem for block in blocks for problem in block.problems),
        ]
        for problem in found:
            if problem.message not in seen:
                seen.add(problem.message)
                yield problem


def _fill(line: str, mark: str, view: DigestView) -> str:
    for name in ("subject", "preheader", "contents"):
        if f"{mark}{name}" in line:
            line = line.replace(f"{mark}{name}", serialise_text(getattr(view, name)))
    return line
