"""Time zones that are stored by their IANA name, and may be gone when they are read."""

from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from service.kit.errors import Invalid

NO_ZONE = (ZoneInfoNotFoundError, ValueError, OSError)
"""What `ZoneInfo` raises for a name that is none, or none any more: a system's list changes."""


def is_zone(name: str) -> bool:
    """Tell whether this machine knows a time zone."""
    try:
        ZoneInfo(name)
    except NO_ZONE:
        return False
    return bool(name)


def zone_of(name: str) -> ZoneInfo:
    """Return a stored time zone; raise Invalid when this machine's list does not have it."""
    try:
        return ZoneInfo(name)
    except NO_ZONE:
        raise Invalid(
            f"This machine knows no time zone “{name}” any more: choose another one for the "
            "newsletter, or install the system's tzdata."
        ) from None


def zone_to_show(name: str) -> tzinfo:
    """Return a zone to show times in: UTC for a name that this machine does not have."""
    try:
        return ZoneInfo(name)
    except NO_ZONE:
        return UTC
