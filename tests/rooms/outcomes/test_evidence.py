"""What an operator reads of the reason for a suppression."""

from collections.abc import Callable

import pytest

from service.kit.translatable import TranslatableMessage, translatable
from service.outcomes.evidence import bounce_evidence, complaint_evidence, refusal_evidence


@pytest.mark.parametrize(
    ("evidence", "kind"),
    [
        (bounce_evidence, "failed"),
        (complaint_evidence, "complaint"),
        (refusal_evidence, "refused"),
    ],
)
def test_evidence_names_the_edition_or_a_notice_and_the_status_if_there_is_one(
    evidence: Callable[..., TranslatableMessage], kind: str
) -> None:
    edition = evidence(12, reason="userunknown", status="5.1.1")
    notice = evidence(0, reason="userunknown", status="")

    assert edition == translatable(
        f"suppression.{kind}_edition", edition="12", reason="userunknown", status=" (5.1.1)"
    )
    assert notice == translatable(f"suppression.{kind}_notice", reason="userunknown", status="")
    assert "12" in str(edition)
