"""The console says the same things in both languages."""

import re
from pathlib import Path

from service.articles.ingest import ArticleKind
from service.audience.consent import ConsentAction
from service.audience.lifecycle import SubscriptionState
from service.cli.edition_control import ACTS as TERMINAL_ACTS
from service.delivery.lifecycle import DeliveryState
from service.editions.lifecycle import EditionState
from service.kit.translations import texts
from service.outcomes.parsing.findings import ReportKind as OutcomeKind
from service.reports.dashboard import LEDGER_ORDER
from service.web import pages
from service.web.console.editions import ACTIONS as EDITION_ACTS
from service.web.console.feeds import ACTIONS as FEED_ACTS

CONSOLE = Path("service/web/console")
TEMPLATES = Path("service/web/templates/console")
FR, EN = (pages.wording().catalogues[language] for language in ("fr", "en"))
PLACEHOLDER = re.compile(r"\{(\w+)\}")


def test_both_catalogues_have_the_same_keys_and_placeholders() -> None:
    ours = {key for key in FR if key.startswith("console.")}

    assert ours == {key for key in EN if key.startswith("console.")}
    for key in ours:
        french, english = " ".join(texts(FR[key])), " ".join(texts(EN[key]))
        assert set(PLACEHOLDER.findall(french)) == set(PLACEHOLDER.findall(english)), key


def test_french_has_its_apostrophes_and_no_break_spaces() -> None:
    wrong = re.compile(r"'|(?<![\u00a0\u202f:/])[;?!»]|[^\S\u00a0\u202f]:|« ")

    found = {
        key
        for key, message in FR.items()
        if key.startswith("console.") and any(wrong.search(text) for text in texts(message))
    }
    assert found == set()


def test_every_key_that_a_template_names_is_there() -> None:
    named = {
        key
        for path in TEMPLATES.glob("*.j2")
        for key in re.findall(r"t\('(console\.[a-z_.]+[a-z])'[),]", path.read_text("utf-8"))
    }

    assert len(named) > 100
    assert named <= set(FR)


def test_every_act_that_is_recorded_has_words() -> None:
    recorded = {
        event
        for path in [
            *CONSOLE.glob("*.py"),
            *Path("service/accounts").glob("*.py"),
            *Path("service/cli").glob("*.py"),
        ]
        for event in re.findall(
            r'record\(\s*(?:session, [^"]*)?"([a-z_]+\.[a-z_]+)"', path.read_text("utf-8")
        )
    }
    acts = {f"edition.{act}" for act in (*EDITION_ACTS, *TERMINAL_ACTS)}
    acts |= {f"feed.{act}" for act in FEED_ACTS}

    assert len(recorded) >= 12
    assert {f"console.act.{event}" for event in recorded | acts} <= set(FR)


def test_every_state_has_a_name() -> None:
    named = {
        "edition_state": EditionState,
        "delivery_state": DeliveryState,
        "subscription_state": SubscriptionState,
        "article_kind": ArticleKind,
        "consent": ConsentAction,
        "outcome_kind": OutcomeKind,
        "ledger": LEDGER_ORDER,
    }

    for group, names in named.items():
        assert {f"console.{group}.{name}" for name in names} <= set(FR), group
