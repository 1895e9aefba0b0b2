import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.replies import text_patterns


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("550 5.1.1 User UNKNOWN", " user unknown "),
        ("Boîte n’existe pas", " boite n existe pas "),
        ("it doesn't exist. Really", " it doesnt exist | really "),
        ("<awa@example.com>... User unknown", f" {text_patterns.ADDRESS} user unknown "),
        (
            "host spam.filter.example [192.0.2.1] said",
            f" host {text_patterns.HOST} {text_patterns.HOST} said ",
        ),
        ("see https://example.org/spam?x=1", f" see {text_patterns.HOST} "),
        ("Skrzynka przepełniona", " skrzynka przepelniona "),
        ("Kullanıcı bulunamadı", " kullanici bulunamadi "),
        ("사용자를 찾을 수 없음", " 사용자를 찾을 수 없음 "),
        ("Destin. sconosciuto", " destin sconosciuto "),
    ],
)
def test_what_says_nothing_is_taken_away(text: str, folded: str) -> None:
    assert text_patterns.fold_text(text) == folded


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("no such user", "There is no such user here", True),
        ("rate", "accurate", False),
        ("reputation*", "reputations", True),
        ("mailbox * full", "mailbox of <awa@example.com> is full", True),
        ("mailbox * full", "Mailbox found. The disk is full", False),
        ("mailbox * full", "mailbox " + "x" * 200 + " full", False),
        ("{address} unknown", "awa@example.com unknown", True),
        ("不存在", "该用户不存在。", True),
        ("찾을 수 없", "사용자를 찾을 수 없습니다", True),
    ],
)
def test_a_pattern_knows_words_gaps_and_endings(pattern: str, text: str, *, fits: bool) -> None:
    assert text_patterns.WordPattern.parse(pattern).fits(text_patterns.fold_text(text)) is fits


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("lookup failed", True),
        ("lookup in the domain map failed", True),
        ("lookup. It failed", False),
        ("lookup a b c d e failed", False),
        ("existing lookups failed", False),
    ],
)
def test_alternatives_have_gaps_within_a_sentence(text: str, *, found: bool) -> None:
    pattern = text_patterns.alternation(["lookup * failed", "spam*"])

    assert bool(re.search(f"(?<= )(?:{pattern})(?= )", text_patterns.fold_text(text))) is found


@pytest.mark.parametrize("pattern", ["", " ", "a * ", "..."])
def test_a_pattern_that_would_fit_everything_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="empty piece"):
        text_patterns.WordPattern.parse(pattern)


@given(st.text(max_size=400))
def test_any_text_folds_into_words_between_single_spaces(text: str) -> None:
    folded = text_patterns.fold_text(text)

    assert folded[0] == folded[-1] == " "
    assert "  " not in folded.strip()


@pytest.mark.timed
@pytest.mark.parametrize(
    "piece", ["a", "a.", "a@", "mailbox ", "user ", "no such x ", "<a@b> ", "|"]
)
def test_a_longer_text_costs_no_more_than_its_length(piece: str) -> None:
    def cost(size: int) -> float:
        text = (piece * size)[:size]
        pattern = text_patterns.WordPattern.parse("mailbox * no such * full")
        started = time.process_time()
        pattern.fits(text_patterns.fold_text(text))
        return time.process_time() - started

    cost(1_000)
    assert cost(400_000) < 10 * max(cost(100_000), 0.02)
