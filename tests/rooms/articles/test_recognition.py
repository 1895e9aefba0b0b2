"""Polls over HTTP: whatever names a site changes or shares, an article is one article."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from service.articles.tables import Article, ArticlePlacement
from service.boot import Runtime
from service.editions import build, plan
from service.editions.find import edition_articles
from service.editions.lifecycle import EditionState
from tests.conftest import FakeClock
from tests.rooms.articles.conftest import Poll
from tests.rooms.articles.items import item


def count(runtime: Runtime) -> int:
    with runtime.begin() as session:
        return session.scalar(select(func.count()).select_from(Article)) or 0


def test_a_link_that_all_items_share_identifies_none(ask: Poll, clock: FakeClock) -> None:
    def live(*numbers: int) -> list[str]:
        return [
            item(n, link="https://c.example/direct/", guid=f"d{n}", at=clock()) for n in numbers
        ]

    assert ask(*live(1, 2, 3)).new == 3
    assert ask(*live(4, 1, 2, 3)).new == 1
    # Alone in the feed, too: what was shared once is remembered.
    assert ask(*live(5)).new == 1


def test_a_guid_that_all_items_share_identifies_none(ask: Poll, clock: FakeClock) -> None:
    def listed(*numbers: int) -> list[str]:
        return [item(n, link=f"https://c.example/{n}", guid="flux-1", at=clock()) for n in numbers]

    assert ask(*listed(1, 2, 3)).new == 3
    assert ask(*listed(4, 1, 2, 3)).new == 1


def test_fragments_tell_the_items_of_a_live_page_apart(
    ask: Poll, runtime: Runtime, clock: FakeClock
) -> None:
    polled = ask(*[item(n, link=f"https://c.example/direct#p-{n}", at=clock()) for n in (1, 2)])

    assert polled.new == 2
    with runtime.begin() as session:
        assert "https://c.example/direct#p-1" in session.scalars(select(Article.url)).all()


def test_guid_and_address_changed_together_are_the_same_article(
    ask: Poll, runtime: Runtime, clock: FakeClock
) -> None:
    at = clock()
    ask(item(1, title="Un titre", link="https://c.example/a-un", guid="a-un", at=at))

    polled = ask(item(1, title="Un titre", link="https://c.example/un", guid="un", at=at))

    assert (polled.new, count(runtime)) == (0, 1)


def test_one_headline_twice_a_day_is_two_articles(ask: Poll, clock: FakeClock) -> None:
    ask(item(1, title="Météo", link="https://c.example/m1", guid="m1", at=clock()))

    assert ask(item(2, title="Météo", link="https://c.example/m2", guid="m2", at=clock())).new == 1


def test_an_edited_headline_is_a_revision_and_a_new_guid_alone_changes_nothing(
    ask: Poll, clock: FakeClock
) -> None:
    at = clock()
    ask(item(1, title="Un titre", link="https://c.example/1", guid="a", at=at))

    assert ask(item(1, title="Corrigé", link="https://c.example/1", guid="a", at=at)).revised == 1
    changed = ask(item(1, title="Corrigé", link="https://c.example/1", guid="b", at=at))
    assert (changed.new, changed.revised) == (0, 0)


def test_guids_that_only_number_the_places_do_not_mix_articles_up(
    ask: Poll, runtime: Runtime, clock: FakeClock
) -> None:
    first, second = clock(), clock() + timedelta(hours=1)
    ask(item(1, link="https://c.example/1", guid="1", at=first))

    polled = ask(
        item(2, link="https://c.example/2", guid="1", at=second),
        item(1, link="https://c.example/1", guid="2", at=first),
    )

    assert (polled.new, count(runtime)) == (1, 2)


def test_an_article_in_two_feeds_is_told_by_the_first(
    ask: Poll, runtime: Runtime, clock: FakeClock
) -> None:
    at = clock()
    link = "https://c.example/1"
    one = item(1, link=link, guid="k", at=at, more="<category>Politique</category>")
    two = one.replace("Texte 1.", "Texte 1, et une phrase de plus.").replace("Politique", "Sport")
    ask(one)
    ask(two, path="/autre")

    revised = [ask(one).revised, ask(two, path="/autre").revised, ask(one).revised]

    assert revised == [0, 0, 0]
    with runtime.begin() as session:
        assert session.scalars(select(ArticlePlacement.section_key)).all() == ["politique"]


def test_a_site_without_dates_that_moves_sends_nothing_twice(ask: Poll, runtime: Runtime) -> None:
    ask(*[item(n, link=f"https://alt.example/{n}", guid=f"a{n}", at=None) for n in range(4)])

    ask(*[item(n, link=f"https://neu.example/{n}", guid=f"n{n}", at=None) for n in range(4)])

    assert count(runtime) == 4


def test_the_archive_of_a_feed_goes_into_no_edition(
    ask: Poll, runtime: Runtime, clock: FakeClock
) -> None:
    fresh = item(1, link="https://c.example/1", at=clock(), more="<category>Politique</category>")
    old = [
        item(n, link=f"https://c.example/{n}", at=datetime(2015, 1, n, tzinfo=UTC),
             more="<category>Politique</category>")
        for n in range(2, 9)
    ]  # fmt: skip
    ask(fresh)

    polled = ask(fresh, *old)

    assert (polled.new, polled.archive) == (7, 7)
    with runtime.begin() as session:
        edition = plan.plan_now(session, 1, now=clock())
        assert build.select_articles(session, edition.id, now=clock()) is EditionState.SELECTED
        titles = [article.title for _, article, _ in edition_articles(session, edition.id)]
    assert titles == ["Le marché numéro 1 ouvre"]


def test_the_first_category_that_is_a_section_files_the_article(
    ask: Poll, runtime: Runtime, clock: FakeClock
) -> None:
    def told(n: int, *names: str) -> str:
        more = "".join(f"<category>{name}</category>" for name in names)
        return item(n, link=f"https://c.example/{n}", at=clock(), more=more)

    ask(told(1, "À la une", "POLITIQUE"), told(2, "Abidjan", "economie"), told(3, "Sport"))

    with runtime.begin() as session:
        edition = plan.plan_now(session, 1, now=clock.advance(minutes=1))
        build.select_articles(session, edition.id, now=clock())
        placed = {
            article.title: section.slug
            for _, article, section in edition_articles(session, edition.id)
        }
    assert placed == {
        "Le marché numéro 1 ouvre": "politique",
        "Le marché numéro 2 ouvre": "economie",
    }
