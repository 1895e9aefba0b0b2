"""How long an edition takes whose window has very many articles, and where the time goes.

The articles are written in sets, as feeds would have brought them: most of them in the first
sections, few in the last ones, and one in twenty in no section of the newsletter. Some of the
newsletter's section rules match. One section has nothing, so that all articles must be looked at.
Nothing is sent.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from pathlib import Path
from statistics import median
from time import monotonic, process_time
from typing import Any, TypeVar

from service.articles import section_rules
from service.articles.placement import RuleField
from service.boot import Runtime
from service.delivery.enrolment.enrol import enrol_next_chunk
from service.devkit.bench import dataset
from service.devkit.bench.sample_edition import DRAFT
from service.devkit.bench.stack import BenchStack, Commands, StackOptions, open_stack
from service.editions import build, drafts, plan
from service.editions.find import coming_editions, edition_articles
from service.editions.proposal import propose
from service.kit.db import Session
from service.kit.errors import Unavailable
from service.newsletters import catalogue
from service.newsletters.draft import SectionDraft
from service.rendering.render_edition import render_edition

SECTIONS = 10
PER_SECTION = 8
EMPTY = "Nécrologie"
READERS = 10_000
STEPS = ("look", "plan", "select", "freeze", "enrol", "render")
UNTIL_FREEZE = ("plan", "select", "freeze")
_DURING = timedelta(days=6, hours=23)
"""The articles came in nearly a week: the newsletter is a weekly one."""
_ENOUGH = 20_000
_NO_PORT = 9

T = TypeVar("T")

_RULES = (
    (RuleField.CATEGORY, "Dossier 3", "Rubrique 10"),
    (RuleField.PATH, "/economie/port", "Rubrique 2"),
    (RuleField.AUTHOR, "Awa Koné", "Rubrique 9"),
)


def measure_selection(
    folder: Path, *, articles: int, runs: int, commands: Commands
) -> dict[str, Any]:
    """Build `runs` editions of so many articles each; return what `--json` prints."""
    wish = StackOptions(connections=1, processes=1)
    with open_stack(folder, wish, port=_NO_PORT, commands=commands) as stack:
        newsletters = [_a_newsletter(stack, number) for number in range(runs)]
        for number, newsletter_id in enumerate(newsletters):
            if number:
                dataset.subscribe_some(stack.url, newsletter_id, readers=READERS)
            else:
                dataset.write_readers(stack.url, newsletter_id, readers=READERS)
        dataset.write_articles(stack.url, articles=articles, sections=SECTIONS, during=_DURING)
        editions = [_measure(stack, each) for each in newsletters]
    faults = [
        f"An edition has {edition.articles} articles in {edition.sections} sections."
        for edition in editions
        # All sections are full, unless there are too few articles for that.
        if edition.sections < SECTIONS and articles >= _ENOUGH
    ]
    steps = {name: median(each.seconds[name] for each in editions) for name in STEPS}
    return {
        "articles": articles,
        "runs": runs,
        "chosen": editions[0].articles,
        "sections": editions[0].sections,
        "frozen_s": round(sum(steps[name] for name in UNTIL_FREEZE), 2),
        "look_s": round(steps["look"], 2),
        "seconds": {name: round(seconds, 3) for name, seconds in steps.items()},
        "cpu_seconds": {
            name: round(median(each.cpu[name] for each in editions), 3) for name in STEPS
        },
        "faults": faults,
        "sound": not faults,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _TimedEdition:
    """What an edition has, and each step's seconds: by the clock, and of our processor time."""

    articles: int
    sections: int
    seconds: Mapping[str, float]
    cpu: Mapping[str, float]


def _a_newsletter(stack: BenchStack, number: int) -> int:
    names = [f"Rubrique {place}" for place in range(1, SECTIONS + 1)]
    draft = replace(
        DRAFT,
        slug=f"selection-{number}",
        sections=tuple(SectionDraft(name=name) for name in [*names, EMPTY]),
        days=(1,),
        times=(time(7),),
        articles_per_section=PER_SECTION,
    )
    with stack.runtime.begin() as session:
        newsletter = catalogue.create(session, draft, now=stack.runtime.clock())
        for field, pattern, section in _RULES:
            section_rules.add_rule(
                session, newsletter, field=field, pattern=pattern, section=section
            )
    return newsletter.id


def _measure(stack: BenchStack, newsletter_id: int) -> _TimedEdition:
    runtime = stack.runtime
    with runtime.begin() as session:
        drafts.open_drafts(session, now=runtime.clock())
        drafted = coming_editions(session, newsletter_id)[0].id
    steps = _Steps(runtime)
    look = steps.run("look", lambda session, now: propose(session, drafted, now=now))
    planned = steps.run(
        "plan", lambda session, now: plan.plan_now(session, newsletter_id, now=now)
    ).id
    steps.run("select", lambda session, now: build.select_articles(session, planned, now=now))
    steps.run("freeze", lambda session, now: build.freeze(session, planned, now=now))
    steps.run("enrol", lambda session, now: enrol_next_chunk(session, planned, now=now))
    url = runtime.settings.public_url
    with steps.timed("render"):
        render_edition(runtime.begin, planned, public_url=url, now=runtime.clock())
    with runtime.begin() as session:
        placed = edition_articles(session, planned)
    if len(look.articles) != len(placed):
        raise Unavailable("The page shows another edition than the one that is sent.")
    sections = {each.section.id for each in placed}
    return _TimedEdition(
        articles=len(placed), sections=len(sections), seconds=steps.seconds, cpu=steps.cpu
    )


class _Steps:
    """Times the steps of an edition, each a transaction."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self.seconds: dict[str, float] = {}
        self.cpu: dict[str, float] = {}

    def run(self, name: str, act: Callable[[Session, datetime], T]) -> T:
        with self.timed(name), self._runtime.begin() as session:
            return act(session, self._runtime.clock())

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        began, worked = monotonic(), process_time()
        yield
        self.seconds[name] = monotonic() - began
        self.cpu[name] = process_time() - worked
