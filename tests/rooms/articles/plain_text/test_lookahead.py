"""What follows below each line of a clipping."""

from datetime import UTC

from service.articles.plain_text.lines import classify_lines
from service.articles.plain_text.lookahead import Lookahead, any_at_or_below, may_end_page

TEXT = "Les députés ont voté le texte dans la nuit, après trois jours de débats dans la capitale."
CALL = "Abonnez-vous à notre newsletter"


def test_a_call_inside_the_text_does_not_end_it() -> None:
    lines = classify_lines(f"{TEXT}\n\n{CALL}\n\n{TEXT}\n\n{TEXT}\n\n{CALL}", zone=UTC)
    lookahead = Lookahead(lines)

    assert lookahead.closing == [False, True, False, False, True]
    assert [lookahead.text_continues(at + 1) for at in (1, 4)] == [True, False]
    assert [may_end_page(line) for line in lines] == lookahead.closing


def test_more_than_counts_paragraphs() -> None:
    lookahead = Lookahead(classify_lines("\n\n".join([TEXT] * 3), zone=UTC))

    assert lookahead.has_prose(0, more_than=1)
    assert not lookahead.has_prose(2, more_than=1)


def test_a_test_holds_there_or_below() -> None:
    lines = classify_lines("Un\ndeux\ntrois", zone=UTC)

    assert any_at_or_below(lines, lambda at: at == 1) == [True, True, False, False]
