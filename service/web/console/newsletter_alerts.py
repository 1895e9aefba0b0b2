"""Pure: the form's fields that say which alerts a newsletter offers."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from service.newsletters.draft import NewsletterDraft

_UNREADABLE = -1


class AlertForm(BaseModel):
    """The fields as text, exactly as they are shown."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    # Ticked or not.
    offers_alerts: str = ""
    alerts_per_day: str = "5"
    alerts_per_reader: str = "5"
    alerts_merge_minutes: str = "5"
    digests_repeat_alerts: str = ""


def alerts_from_draft(draft: NewsletterDraft) -> dict[str, Any]:
    """Return the values of the fields for a stored newsletter."""
    return {
        "offers_alerts": "yes" if draft.offers_alerts else "",
        "alerts_per_day": str(draft.alerts_per_day),
        "alerts_per_reader": str(draft.alerts_per_reader),
        "alerts_merge_minutes": str(draft.alerts_merge_minutes),
        "digests_repeat_alerts": "yes" if draft.digests_repeat_alerts else "",
    }


def parse_alerts(fields: AlertForm) -> dict[str, Any]:
    """Return what a draft takes; a number that cannot be read is out of range there."""
    return {
        "offers_alerts": bool(fields.offers_alerts),
        "alerts_per_day": _parse_number(fields.alerts_per_day or "5"),
        "alerts_per_reader": _parse_number(fields.alerts_per_reader or "5"),
        "alerts_merge_minutes": _parse_number(fields.alerts_merge_minutes or "5"),
        "digests_repeat_alerts": bool(fields.digests_repeat_alerts),
    }


def _parse_number(text: str) -> int:
    """Read a number of at most five digits; 0 is one here, so that anything else is less."""
    is_number = text.isascii() and text.isdigit() and len(text) <= len("99999")
    return int(text) if is_number else _UNREADABLE
