"""`crieur edition subject-test`: set, show, remove or decide the test of two subjects."""

import re
from datetime import datetime, timedelta
from typing import Any

import typer

from service.accounts import audit
from service.cli.edition_curation import Seen
from service.cli.id_argument import EDITION_ID
from service.cli.output import print_json, print_line, print_table, print_warning
from service.cli.runtime import open_runtime
from service.delivery.workflow import subject_tests
from service.editions.curate import Editor
from service.editions.find import get_edition
from service.editions.subject_test import clear_subject_test, set_subject_test
from service.editions.subject_test_rules import (
    LEAST_AUDIENCE,
    LEAST_READERS,
    SUBJECTS_BY_NAME,
    Measure,
    SubjectTestPlan,
)
from service.kit.db import Session
from service.kit.errors import Invalid
from service.newsletters import catalogue
from service.reports.reader_counts import count_readers
from service.reports.subject_tests import (
    expected_audience,
    expected_sample,
    get_subject_test,
    subject_test_json,
)

_SPAN = re.compile(r"(\d{1,4})\s*(m|min|h)?", re.IGNORECASE)


def change_subject_test(
    edition: int = EDITION_ID,
    second: str | None = typer.Option(None, "--second", help="The second subject."),
    sample: int = typer.Option(20, "--sample", help="Percent of the readers, 2 to 50."),
    after: str = typer.Option("60m", "--after", help="When it is decided: 15m to 12h."),
    by: Measure = typer.Option(Measure.CLICKS, "--by", help="What decides."),
    none: bool = typer.Option(False, "--none", help="No test: everyone gets the one subject."),
    decide: str | None = typer.Option(
        None, "--decide", help="Decide a running test now: better, first or second."
    ),
    seen: Seen = None,
    json: bool = typer.Option(False, "--json", help="JSON on stdout."),
) -> None:
    """Test two subjects with a sample of the readers; the others get the better one.

    Without --second, --none and --decide it shows how the test stands.

    Example: crieur edition subject-test 12 --second "Le port reprend" --sample 20 --after 60m
    """
    if sum((second is not None, none, decide is not None)) > 1:
        raise Invalid("Give one of --second, --none and --decide.")
    with open_runtime() as runtime, runtime.begin() as session:
        now = runtime.clock()
        if second is not None:
            plan = SubjectTestPlan(
                second_subject=second, sample_percent=sample, wait=parse_wait(after), measure=by
            )
            set_subject_test(session, edition, plan, Editor(seen=seen), now=now)
            _record(session, "edition.subject_test_set", edition, now=now)
            _warn_if_small(session, edition, plan)
        elif none:
            clear_subject_test(session, edition, Editor(seen=seen), now=now)
            _record(session, "edition.subject_test_cleared", edition, now=now)
        elif decide is not None:
            winner = parse_winner(decide)
            subject_tests.decide(session, edition, winner=winner, now=now)
            _record(session, "edition.subject_decided", edition, now=now)
        session.flush()
        report = subject_test_json(get_subject_test(session, get_edition(session, edition)))
    if json:
        print_json({"edition": edition, "subject_test": report})
    else:
        print_subject_test(edition, report)


def parse_wait(text: str) -> timedelta:
    """Read how long a test takes, such as 45m, 2h or 90; raise Invalid for anything else."""
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise Invalid("--after takes minutes or hours: write it like 45m or 2h.")
    number = int(found[1])
    return timedelta(hours=number) if (found[2] or "").lower() == "h" else timedelta(minutes=number)


def parse_winner(text: str) -> int | None:
    """Read which subject wins; None is the better one. Raise Invalid for anything else."""
    if text not in {"better", *SUBJECTS_BY_NAME}:
        raise Invalid("--decide is one of better, first, second.")
    return SUBJECTS_BY_NAME.get(text)


def print_subject_test(edition: int, report: dict[str, Any] | None) -> None:
    """Print how a test stands, from `subject_test_json`."""
    if report is None:
        print_line(f"Edition {edition} has one subject and no test.")
        return
    print_table(
        ["subject test", report["state"]],
        [
            ("measure", report["measure"]),
            ("sample", f"{report['sample_percent']} %"),
            ("after", f"{report['wait_minutes']} minutes"),
            *((key, report[key]) for key in ("decides_at", "winner", "outcome") if report[key]),
        ],
    )
    if report["is_doubtful"]:
        print_warning(
            "There are more visitors than accepted messages: the count is not believed, and "
            "unless you choose a subject the first one is sent."
        )
    print_table(
        ["", "subject", "readers", "accepted", report["measure"], "rate"],
        [
            (
                name,
                report[name]["subject"] or "(the first headline)",
                report[name]["readers"],
                report[name]["accepted"],
                report[name]["events"],
                f"{report[name]['rate']:.1%}",
            )
            for name in ("first", "second")
        ],
    )


def _warn_if_small(session: Session, edition_id: int, plan: SubjectTestPlan) -> None:
    edition = get_edition(session, edition_id)
    newsletter = catalogue.get_by_id(session, edition.newsletter_id)
    counts = count_readers(session, newsletter)
    each = expected_sample(counts, edition.frequency, plan.sample_percent)
    if expected_audience(counts, edition.frequency) < LEAST_AUDIENCE:
        print_warning(
            f"This newsletter has too few readers for a test: it takes {LEAST_AUDIENCE} at least. "
            "Everyone gets the first subject."
        )
    elif each < LEAST_READERS:
        print_warning(
            f"About {each} readers would get each subject. With fewer than {LEAST_READERS} there "
            "is no test, and everyone gets the first one: take a larger sample."
        )


def _record(session: Session, event: str, edition_id: int, *, now: datetime) -> None:
    audit.record(session, None, event, {"edition_id": edition_id}, now=now)
