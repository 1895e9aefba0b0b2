"""Rooms store keys of sentences: each exists in every language of the console, and fits.

Notes and errors were English sentences once, which the console matched against patterns to find
their French. A sentence that was changed in one place only was shown in English, unnoticed.
"""

import ast
from collections.abc import Iterator

from service.delivery.reasons import DeliveryReason
from service.kit.languages import CONSOLE_LANGUAGES
from service.kit.translatable import UNTRANSLATED, VERBATIM, WORDING
from service.kit.translations import Translations, texts
from tests.rules.code import modules
from tests.rules.test_wording import placeholders_of

CATALOGUES = Translations.load(WORDING).catalogues
ENGLISH = CATALOGUES["en"]
# `untranslated(sentence)` and `verbatim(words)` of `service.kit.translatable` make these.
MADE_BY_FUNCTIONS = {UNTRANSLATED, VERBATIM}
# Errors that pages show; "not found" has a page of its own words.
SHOWN = {"Conflict", "Forbidden", "Invalid", "OperationRefused", "TooMany", "Unavailable"}
# Their sentences reach the command line, a log or a program only.
ENGLISH_ONLY = (
    "service/articles/html_page/",
    "service/articles/manual_input.py",
    "service/articles/plain_text/",
    "service/audience/add_with_consent.py",
    "service/audience/suppression_hashes.py",
    "service/cli/",
    "service/delivery/messages/",
    "service/devkit/",
    "service/migrations/",
    "service/web/api/",
    "service/web/reader/",  # The page of an error says it in its own words.
)
REASONS = {reason.message.key for reason in DeliveryReason}


def test_every_message_has_a_sentence_with_its_parameters() -> None:
    """The key and the names of the parameters stand in the call, so that they can be compared."""
    wrong = {}
    for place, call in _calls():
        key = call.args[0] if call.args else None
        if not isinstance(key, ast.Constant) or any(each.arg is None for each in call.keywords):
            wrong[place] = "write the key and each parameter out"
        elif (name := str(key.value)) not in ENGLISH:
            wrong[place] = f"no sentence has the key {name}"
        else:
            given = {str(each.arg) for each in call.keywords}
            if given != (expected := placeholders_of(ENGLISH[name])):
                wrong[place] = f"{name} takes {sorted(expected)}"

    assert wrong == {}


def test_every_sentence_is_used() -> None:
    used = {
        call.args[0].value
        for _, call in _calls()
        if call.args and isinstance(call.args[0], ast.Constant)
    }

    assert set(ENGLISH) - used == MADE_BY_FUNCTIONS | REASONS


def test_reasons_of_our_own_need_no_parameters() -> None:
    assert {key for key in REASONS if placeholders_of(ENGLISH[key])} == set()


def test_sentences_are_the_same_things_in_every_language_of_the_console() -> None:
    """Also each form of a counted one has all its placeholders: its number may be a parameter."""
    assert set(CATALOGUES) == set(CONSOLE_LANGUAGES)
    for language, catalogue in CATALOGUES.items():
        assert set(catalogue) == set(ENGLISH), language
        for key, form in catalogue.items():
            assert placeholders_of(form) == placeholders_of(ENGLISH[key]), (language, key)
            assert all(text.strip() for text in texts(form)), (language, key)


def test_what_a_page_may_show_is_refused_with_a_key() -> None:
    """Most rooms raised English sentences, which a French operator's page showed as they were."""
    plain = [
        f"{module.place}:{node.lineno}"
        for module in modules()
        if not module.place.startswith(ENGLISH_ONLY)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and _name(node.func) in SHOWN
        if any(
            isinstance(argument, ast.Constant | ast.JoinedStr | ast.BinOp) for argument in node.args
        )
    ]
    assert plain == []


def _calls() -> Iterator[tuple[str, ast.Call]]:
    for module in modules():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and _name(node.func) == "translatable":
                yield f"{module.place}:{node.lineno}", node


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
