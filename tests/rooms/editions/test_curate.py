"""Editors change an edition before its freeze, and never overwrite each other silently."""

from collections.abc import Callable
from datetime import time, timedelta

import pytest

from service.editions import build, control, curate, drafts, plan, queries, revise
from service.editions.curate import ArticleDecision, EditedMeanwhile, Editor
from service.editions.find import edition_articles, get_edition
from service.editions.proposal import propose
from service.editions.tables import Edition
from service.kit.db import Begin, Session
from service.kit.errors import Conflict, Invalid
from service.newsletters import catalogue
from tests.builders import a_newsletter, an_article, store_row
from tests.conftest import FakeClock

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
COMMAND = Editor()


def a_draft_edition(session: Session, clock: FakeClock, **changes: object) -> int:
    a_newsletter(
        session, "Politique", "Sport", now=clock(), days=EVERY_DAY, times=(time(7),), **changes
    )
    [draft_id] = drafts.open_drafts(session, now=clock())
    return draft_id


def titles(session: Session, edition_id: int, clock: FakeClock) -> list[tuple[str, str]]:
    return [
        (each.section.name, each.title)
        for each in propose(session, edition_id, now=clock()).articles
    ]


def an_earlier_edition(session: Session, edition: Edition) -> int:
    """An edition of the same series, the day before."""
    before = edition.window_to - timedelta(days=1)
    return store_row(
        session,
        Edition,
        key="earlier",
        newsletter_id=edition.newsletter_id,
        frequency=edition.frequency,
        slot_date=before.date(),
        slot_time=before.time(),
        origin="schedule",
        state="frozen",
        window_from=before - timedelta(days=1),
        window_to=before,
        planned_at=before,
        frozen_at=before,
    )


def placed(session: Session, edition_id: int) -> set[int]:
    return {article.id for _, article, _ in queries.articles_of(session, edition_id)}


def test_what_editors_do_holds_until_the_message(begin: Begin, clock: FakeClock) -> None:
    """Dropped, pinned, moved, rewritten and ordered: the freeze has it all."""
    with begin() as session:
        draft_id = a_draft_edition(session, clock)
        seen = clock() - timedelta(minutes=1)
        first, second, third, fourth = (
            an_article(session, "Politique", seen=seen, title=f"Titre {number}").id
            for number in range(1, 5)
        )
        old = an_article(session, "Sport", seen=seen - timedelta(days=40), title="Ancien").id
        curate.drop(session, draft_id, first, COMMAND, now=clock())
        curate.pin(session, draft_id, old, COMMAND, now=clock())
        sport = propose(session, draft_id, now=clock()).articles[-1].section
        curate.move_to_section(session, draft_id, second, sport.id, COMMAND, now=clock())
        curate.rewrite(
            session, draft_id, third, {"title": "Réécrit", "summary": ""}, COMMAND, now=clock()
        )
        curate.order(session, draft_id, [third, fourth], COMMAND, now=clock())
        wanted = [
            ("Politique", "Réécrit"),
            ("Politique", "Titre 4"),
            ("Sport", "Titre 2"),
            ("Sport", "Ancien"),
        ]
        assert titles(session, draft_id, clock) == wanted

        plan.plan_due(session, now=clock.advance(hours=1, minutes=1))
        build.select_articles(session, draft_id, now=clock())
        build.freeze(session, draft_id, now=clock())
        frozen = [each.frozen for each in edition_articles(session, draft_id)]

    assert [(each["section"], each["title"]) for each in frozen] == wanted
    assert frozen[0]["publishers_title"] == "Titre 3"


def test_a_rewritten_headline_is_no_correction_by_the_publisher(
    begin: Begin, clock: FakeClock
) -> None:
    """Else each look at changed articles would make another revision of a sent edition."""
    with begin() as session:
        draft_id = a_draft_edition(session, clock)
        article = an_article(session, "Sport", seen=clock() - timedelta(minutes=1))
        curate.rewrite(session, draft_id, article.id, {"title": "Le nôtre"}, COMMAND, now=clock())
        plan.plan_due(session, now=clock.advance(hours=1, minutes=1))
        build.select_articles(session, draft_id, now=clock())
        build.freeze(session, draft_id, now=clock())
        session.get_one(Edition, draft_id).enrolled_at = clock()
        article.revised_at = clock()
        session.flush()

        assert revise.revise(session, draft_id, now=clock()) is None
        article.title = "Corrigé"
        session.flush()
        assert revise.revise(session, draft_id, now=clock.advance(minutes=2)) == 2
        [stored] = edition_articles(session, draft_id)
        assert stored.frozen["title"] == "Le nôtre"


def test_two_editors_do_not_overwrite_each_other_silently(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        draft_id = a_draft_edition(session, clock)
        seen = get_edition(session, draft_id).curation_version
        curate.write_text(
            session, draft_id, {"subject": "Le sien"}, Editor(operator_id=1, seen=seen), now=clock()
        )

        with pytest.raises(EditedMeanwhile) as refused:
            curate.write_text(
                session,
                draft_id,
                {"subject": "Le mien"},
                Editor(operator_id=2, seen=seen),
                now=clock(),
            )

    assert refused.value.curated_by == 1
    with begin() as session:
        assert propose(session, draft_id, now=clock()).text.subject == "Le sien"


def test_a_change_withdraws_an_approval(begin: Begin, clock: FakeClock) -> None:
    """It was of something else."""
    with begin() as session:
        draft_id = a_draft_edition(session, clock)
        control.approve(session, draft_id, now=clock())
        curate.write_text(session, draft_id, {"subject": "Autre"}, COMMAND, now=clock())

        assert get_edition(session, draft_id).approved_at is None


def test_four_eyes(begin: Begin, clock: FakeClock) -> None:
    """The editor who made the last change cannot approve it; another one can."""
    with begin() as session:
        draft_id = a_draft_edition(session, clock, needs_approval=True, needs_second_editor=True)
        mine, others = 1, 2
        curate.write_text(
            session, draft_id, {"subject": "À la une"}, Editor(operator_id=mine), now=clock()
        )

        with pytest.raises(Conflict, match="another editor"):
            control.approve(session, draft_id, now=clock(), operator_id=mine)
        control.approve(session, draft_id, now=clock(), operator_id=others)

        assert get_edition(session, draft_id).approved_by == others


def test_a_held_edition_can_still_be_changed(begin: Begin, clock: FakeClock) -> None:
    """It was held to be looked at: what is wrong is mended there."""
    with begin() as session:
        draft_id = a_draft_edition(session, clock)
        article = an_article(session, "Sport", seen=clock() - timedelta(minutes=1)).id
        kept = an_article(session, "Sport", seen=clock() - timedelta(minutes=2)).id
        control.hold(session, draft_id, now=clock())
        plan.plan_due(session, now=clock.advance(hours=1, minutes=1))
        build.select_articles(session, draft_id, now=clock())

        curate.drop(session, draft_id, article, COMMAND, now=clock())

        assert [each.article.id for each in edition_articles(session, draft_id)] == [kept]
        control.approve(session, draft_id, now=clock())
        build.freeze(session, draft_id, now=clock())
        with pytest.raises(Conflict, match="can be changed before"):
            curate.drop(session, draft_id, kept, COMMAND, now=clock())


def test_a_change_after_the_approval_holds_the_edition_again(
    begin: Begin, clock: FakeClock
) -> None:
    """Between the approval and the freeze are seconds; what goes out was approved as it is."""
    with begin() as session:
        draft_id = a_draft_edition(session, clock, needs_approval=True)
        an_article(session, "Politique", seen=clock() - timedelta(minutes=1))
        edition_id = plan.send_draft(session, draft_id, now=clock()).id
        build.select_articles(session, edition_id, now=clock())
        assert get_edition(session, edition_id).held_at is None

        curate.write_text(session, edition_id, {"introduction": "Bonjour"}, COMMAND, now=clock())

        assert get_edition(session, edition_id).held_at is not None
        assert build.freeze(session, edition_id, now=clock()) is None


def test_the_catch_up_editions_of_the_slot_change_with_it(begin: Begin, clock: FakeClock) -> None:
    """Readers who had another edition before do not get what an editor dropped."""
    with begin() as session:
        draft_id = a_draft_edition(session, clock)
        seen = clock() - timedelta(minutes=1)
        kept, dropped = (an_article(session, "Politique", seen=seen).id for _ in range(2))
        first_id = plan.send_draft(session, draft_id, now=clock()).id
        build.select_articles(session, first_id, now=clock())
        first = session.get_one(Edition, first_id)
        other_id = store_row(
            session,
            Edition,
            key="catch-up",
            newsletter_id=first.newsletter_id,
            frequency=first.frequency,
            previous_edition_id=an_earlier_edition(session, first),
            slot_date=first.slot_date,
            slot_time=first.slot_time,
            origin="schedule",
            state="planned",
            window_from=first.window_from,
            window_to=first.window_to,
            planned_at=clock(),
        )
        build.select_articles(session, other_id, now=clock())
        assert placed(session, other_id) == {kept, dropped}

        curate.drop(session, first_id, dropped, COMMAND, now=clock())

        assert placed(session, first_id) == placed(session, other_id) == {kept}


def test_what_is_restored_is_the_rules_again(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        draft_id = a_draft_edition(session, clock)
        article = an_article(session, "Sport", seen=clock() - timedelta(minutes=1), title="T").id
        curate.rewrite(session, draft_id, article, {"title": "Autre"}, COMMAND, now=clock())
        curate.drop(session, draft_id, article, COMMAND, now=clock())
        assert titles(session, draft_id, clock) == []
        assert [each.article.id for each in propose(session, draft_id, now=clock()).dropped] == [
            article
        ]

        curate.restore(session, draft_id, article, COMMAND, now=clock())

        assert titles(session, draft_id, clock) == [("Sport", "T")]


def test_an_articles_changes_are_replaced_as_one(begin: Begin, clock: FakeClock) -> None:
    """A program says what it wants to be true; what it leaves out is the rule's again."""
    with begin() as session:
        draft_id = a_draft_edition(session, clock)
        seen = clock() - timedelta(minutes=1)
        first, second = (
            an_article(session, "Sport", seen=seen, title=title).id for title in ("Un", "Deux")
        )
        [politics, sport] = catalogue.get(session, "le-matin").current_sections
        curate.order(session, draft_id, [second, first], COMMAND, now=clock())
        curate.rewrite(session, draft_id, second, {"summary": "Autre"}, COMMAND, now=clock())

        def replace(decision: ArticleDecision, section_id: int | None, title: str) -> int:
            curate.replace_article(
                session,
                draft_id,
                second,
                COMMAND,
                decision=decision,
                section_id=section_id,
                texts={"title": title},
                now=clock(),
            )
            return get_edition(session, draft_id).curation_version

        assert replace(ArticleDecision.PINNED, None, "Le nôtre") == 3
        assert titles(session, draft_id, clock) == [("Sport", "Le nôtre"), ("Sport", "Un")]
        kept = propose(session, draft_id, now=clock()).articles[0].curated
        assert (kept.summary, kept.position) == (None, 0)

        replace(ArticleDecision.RULE, politics.id, "")
        assert titles(session, draft_id, clock) == [("Politique", "Deux"), ("Sport", "Un")]
        replace(ArticleDecision.DROPPED, sport.id, "")
        assert titles(session, draft_id, clock) == [("Sport", "Un")]


WRONG: list[tuple[str, Callable[[Session, int, FakeClock], None]]] = [
    (
        "at most 200",
        lambda session, draft, clock: curate.write_text(
            session, draft, {"subject": "x" * 201}, COMMAND, now=clock()
        ),
    ),
    (
        "https://",
        lambda session, draft, clock: curate.write_text(
            session, draft, {"sponsor_url": "javascript:alert(1)"}, COMMAND, now=clock()
        ),
    ),
    (
        "no such section",
        lambda session, draft, clock: curate.move_to_section(
            session, draft, 1, 4711, COMMAND, now=clock()
        ),
    ),
    (
        "no article 4711",
        lambda session, draft, clock: curate.pin(session, draft, 4711, COMMAND, now=clock()),
    ),
    (
        "no article 4712",
        lambda session, draft, clock: curate.order(session, draft, [4712], COMMAND, now=clock()),
    ),
    (
        "headline has at most",
        lambda session, draft, clock: curate.rewrite(
            session, draft, 1, {"title": "x" * 301}, COMMAND, now=clock()
        ),
    ),
]


@pytest.mark.parametrize(("said", "act"), WRONG, ids=[said for said, _ in WRONG])
def test_wrong_input_gets_a_sentence(
    begin: Begin,
    clock: FakeClock,
    said: str,
    act: Callable[[Session, int, FakeClock], None],
) -> None:
    with begin() as session:
        draft_id = a_draft_edition(session, clock)

        with pytest.raises(Invalid, match=said):
            act(session, draft_id, clock)
