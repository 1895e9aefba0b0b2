from service.editions.lifecycle import EditionState
from service.editions.state_words import STATE_WORDS
from service.kit.translatable import translate


def test_every_state_has_a_word_and_the_english_one_is_its_name() -> None:
    assert {state: str(word) for state, word in STATE_WORDS.items()} == {
        state: state.value for state in EditionState
    }


def test_no_two_states_have_the_same_french_word() -> None:
    words = {translate(word, "fr") for word in STATE_WORDS.values()}

    assert len(words) == len(EditionState)
    assert not words & {state.value for state in EditionState}
