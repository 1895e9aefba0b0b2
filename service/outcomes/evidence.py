"""Pure: what led to a suppression, for operators; it contains no address."""

from service.kit.translatable import TranslatableMessage, translatable


def bounce_evidence(edition_id: int, *, reason: str, status: str) -> TranslatableMessage:
    """Return that a message of an edition (0: a notice) came back; `status` may be empty."""
    said = _in_parentheses(status)
    if not edition_id:
        return translatable("suppression.failed_notice", reason=reason, status=said)
    return translatable(
        "suppression.failed_edition", edition=str(edition_id), reason=reason, status=said
    )


def complaint_evidence(edition_id: int, *, reason: str, status: str) -> TranslatableMessage:
    """Return that a reader complained about an edition (0: a notice)."""
    said = _in_parentheses(status)
    if not edition_id:
        return translatable("suppression.complaint_notice", reason=reason, status=said)
    return translatable(
        "suppression.complaint_edition", edition=str(edition_id), reason=reason, status=said
    )


def refusal_evidence(edition_id: int, *, reason: str, status: str) -> TranslatableMessage:
    """Return that a message of an edition (0: a notice) was refused in the SMTP session."""
    said = _in_parentheses(status)
    if not edition_id:
        return translatable("suppression.refused_notice", reason=reason, status=said)
    return translatable(
        "suppression.refused_edition", edition=str(edition_id), reason=reason, status=said
    )


def _in_parentheses(status: str) -> str:
    return f" ({status})" if status else ""
