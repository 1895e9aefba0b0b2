"""Pure: the state of an edition as a word within a sentence for a person."""

from service.editions.lifecycle import EditionState
from service.kit.translatable import translatable

STATE_WORDS = {
    EditionState.DRAFT: translatable("edition.state.draft"),
    EditionState.PLANNED: translatable("edition.state.planned"),
    EditionState.SELECTED: translatable("edition.state.selected"),
    EditionState.FROZEN: translatable("edition.state.frozen"),
    EditionState.RENDERED: translatable("edition.state.rendered"),
    EditionState.SENDING: translatable("edition.state.sending"),
    EditionState.FINISHED: translatable("edition.state.finished"),
    EditionState.SKIPPED: translatable("edition.state.skipped"),
    EditionState.CANCELLED: translatable("edition.state.cancelled"),
    EditionState.LAPSED: translatable("edition.state.lapsed"),
}
"""A parameter of “Edition 5 is {state}: …”; in English it is the state's own name."""
