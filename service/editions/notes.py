"""Notes of an edition: why nothing was sent, why it was stopped, what failed since."""

from service.kit.translatable import TranslatableMessage, translatable

WEB_VERSION_FAILED = "edition.failed.web_version"


def append_note(
    note: TranslatableMessage | None, another: TranslatableMessage
) -> TranslatableMessage:
    """Return a note that says another thing after what it said."""
    if note is None:
        return another
    return translatable("edition.and_also", first=note, second=another)


def drop_web_version_failure(note: TranslatableMessage | None) -> TranslatableMessage | None:
    """Return the note without the failure of the web version, which was rendered since."""
    if note is None or note.key == WEB_VERSION_FAILED:
        return None
    is_failure_last = (
        note.key == "edition.and_also" and note.params["second"].key == WEB_VERSION_FAILED
    )
    return note.params["first"] if is_failure_last else note
