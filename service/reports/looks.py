"""How an edition looks to its readers: its variants, and each one as a safe page to look at."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from service.kit.db import Session
from service.newsletters.tables import Section
from service.rendering.tables import WEB_MASK, Rendition
from service.reports.queries import editions as queries

LOOKS = ("desktop", "phone", "dark", "text")
_DARK = re.compile(r"@media\s*\(\s*prefers-color-scheme\s*:\s*dark\s*\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One rendition: who gets it, and what the checks said of it."""

    mask: int
    subject: str
    warnings: Sequence[str]
    readers: int

    @property
    def is_web(self) -> bool:
        """Whether it is the web version, which is sent to nobody."""
        return self.mask == WEB_MASK

    def sections(self, all_of_them: Sequence[Section]) -> list[str]:
        """Name the sections that are in it."""
        return [each.name for each in all_of_them if self.mask & (1 << each.bit)]


def variants(session: Session, edition_id: int) -> list[Variant]:
    """List an edition's variants, the one with most readers first and the web version last.

    The variant with every section is rendered whether or not anybody chose it: once readers are
    enrolled, what goes to nobody is not worth a look.
    """
    found = [
        Variant(mask=mask, subject=subject, warnings=warnings, readers=readers)
        for mask, subject, warnings, readers in queries.renditions_of(session, edition_id)
    ]
    is_enrolled = any(each.readers for each in found)
    shown = [each for each in found if each.readers or each.is_web or not is_enrolled]
    return sorted(shown, key=lambda each: each.is_web)


def rendition(session: Session, edition_id: int, mask: int) -> Rendition | None:
    """Find one variant's HTML and text."""
    return queries.rendition(session, edition_id, mask)


def in_light(html: str, *, dark: bool) -> str:
    """Show a mail as a reader's program would in light or in dark mode.

    A preview follows the tab that was chosen, not the operator's own screen.
    """
    return _DARK.sub("@media all" if dark else "@media not all", html)
