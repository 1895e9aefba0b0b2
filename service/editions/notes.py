"""Notes of an edition: why nothing was sent, why it was stopped, what failed since."""

from service.kit.translatable import TranslatableMessage, translatable

WEB_VERSION_FAILED = "edition.failed.web_version"
BOTH = "edition.and_also"


def append_note(
    note: TranslatableMessage | None, another: TranslatableMessage
) -> TranslatableMessage:
    """Return a note that says another thing after what it said."""
    if note is None:
        return another
    return translatable("edition.and_also", first=note, second=another)


def drop_web_version_failure(note: TranslatableMessage | None) -> TranslatableMessage | None:
    """Return the note without failures of the web version, which was rendered since."""
    if note is None or note.key == WEB_VERSION_FAILED:
        return None
    if note.key != BOTH:
        return note
    first, second = map(drop_web_version_failure, (note.params["first"], note.params["second"]))
    return append_note(first, second) if second is not None else first
