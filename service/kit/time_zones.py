"""Time zones that are stored by their IANA name, and may be gone when they are read."""

from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from service.kit.errors import Invalid
from service.kit.translatable import translatable

UNKNOWN_ZONE_ERRORS = (ZoneInfoNotFoundError, ValueError, OSError)
"""What `ZoneInfo` raises for a name that is none, or none any more: a system's list changes."""


def is_known_zone(name: str) -> bool:
    """Tell whether this machine knows a time zone."""
    try:
        ZoneInfo(name)
    except UNKNOWN_ZONE_ERRORS:
        return False
    return bool(name)


def load_zone(name: str) -> ZoneInfo:
    """Return a stored time zone; raise Invalid when this machine's list does not have it."""
    try:
        return ZoneInfo(name)
    except UNKNOWN_ZONE_ERRORS:
        raise Invalid(translatable("newsletter.unknown_zone", zone=name)) from None


def display_zone(name: str) -> tzinfo:
    """Return a zone to show times in: UTC for a name that this machine does not have."""
    try:
        return ZoneInfo(name)
    except UNKNOWN_ZONE_ERRORS:
        return UTC
