"""Draws the states of `service/*/lifecycle.py` into docs/lifecycle.md, with the verbs.

`.venv/bin/python -m tests.rules.lifecycles` writes pictures and tables; a test compares them.
"""

import re
from collections.abc import Iterator
from typing import Any

from service.articles.lifecycle import HUB_SUBSCRIPTION
from service.audience.lifecycle import SUBSCRIPTION
from service.delivery.lifecycle import DELIVERY, NOTICE
from service.editions.lifecycle import EDITION, SUBJECT_TEST
from service.kit.lifecycle import Lifecycle
from tests.rules.code import ROOT

PAGE = ROOT / "docs/lifecycle.md"

LIFECYCLES: dict[str, Lifecycle[Any]] = {
    "edition": EDITION,
    "subject_test": SUBJECT_TEST,
    "delivery": DELIVERY,
    "notice": NOTICE,
    "subscription": SUBSCRIPTION,
    "hub_subscription": HUB_SUBSCRIPTION,
}

_PLAN = ("editions.plan.plan_due", "editions.plan.plan_now", "editions.plan.plan_slot")
_ASK_HUB = ("articles.websub.ask_hub.ask_hub",)
_VERIFY = ("articles.websub.callback.verify_intent",)
_WANT = ("articles.websub.want_subscription.want_subscription",)
_CANCEL = ("editions.control.cancel",)
_LAPSE = ("editions.lapse.lapse_due",)
_CLAIM = ("delivery.leasing.leases.claim_batch",)
_CLOSE = ("delivery.workflow.close.expire_cancelled",)
_RECORD = ("delivery.leasing.leases.record_outcomes",)
_RECHECK = ("delivery.leasing.leases.recheck_readers",)
_SEND_NOTICE = ("delivery.notices.send_notice.send_notice",)
_UNSUBSCRIBE = ("audience.unsubscribe.end_subscription",)
_ADD = ("audience.add_with_consent.add_with_consent",)
_SIGN_UP = ("audience.signup.sign_up",)

VERBS: dict[str, dict[tuple[str, str], tuple[str, ...]]] = {
    "edition": {
        ("", "draft"): ("editions.drafts.open_drafts", *_PLAN),
        ("draft", "planned"): _PLAN,
        ("draft", "cancelled"): _CANCEL,
        ("planned", "selected"): ("editions.build.select_articles",),
        ("planned", "skipped"): ("editions.build.select_articles", "editions.plan.plan_due"),
        ("planned", "cancelled"): _CANCEL,
        ("planned", "lapsed"): _LAPSE,
        ("selected", "frozen"): ("editions.build.freeze",),
        ("selected", "skipped"): ("editions.build.freeze",),
        ("selected", "cancelled"): _CANCEL,
        ("selected", "lapsed"): _LAPSE,
        ("frozen", "rendered"): ("editions.transitions.mark_rendered",),
        ("frozen", "cancelled"): _CANCEL,
        ("rendered", "sending"): ("editions.transitions.start_sending",),
        ("rendered", "cancelled"): _CANCEL,
        ("sending", "finished"): ("delivery.workflow.close.finish_or_wake",),
        ("sending", "cancelled"): _CANCEL,
        ("finished", "sending"): ("editions.control.reopen",),
    },
    "subject_test": {
        ("", "prepared"): ("editions.subject_test.set_subject_test",),
        ("prepared", "running"): ("editions.subject_test_steps.start_subject_test",),
        ("prepared", "dropped"): ("editions.subject_test_steps.count_sample", *_CANCEL),
        ("running", "decided"): ("editions.subject_test_steps.decide_subject_test",),
        ("running", "dropped"): _CANCEL,
    },
    "delivery": {
        ("", "pending"): ("delivery.enrolment.enrol.enrol_next_chunk",),
        ("pending", "leased"): _CLAIM,
        ("pending", "expired"): _CLOSE,
        ("pending", "uncertain"): _CLOSE,
        ("deferred", "leased"): _CLAIM,
        ("deferred", "expired"): _CLOSE,
        ("leased", "pending"): ("delivery.leasing.leases.release_batch",),
        ("leased", "deferred"): _RECORD,
        ("leased", "uncertain"): (*_RECORD, *_RECHECK, *_CLAIM),
        ("leased", "accepted"): ("delivery.leasing.leases.record_acceptances",),
        ("leased", "refused"): _RECORD,
        ("leased", "suppressed"): _RECHECK,
        ("leased", "expired"): (*_RECORD, *_RECHECK, *_CLOSE),
        ("uncertain", "leased"): _CLAIM,
        ("accepted", "refused"): ("outcomes.suppression_reviews.decide_review",),
        ("refused", "deferred"): ("delivery.workflow.resend.resend_refused",),
    },
    "notice": {
        ("", "pending"): ("delivery.notices.send_notice.queue_notice",),
        **{
            (before, after): _SEND_NOTICE
            for before, targets in NOTICE.transitions.items()
            for after in targets
        },
    },
    "subscription": {
        ("", "pending"): (*_SIGN_UP, *_ADD),
        ("pending", "active"): ("audience.confirm.confirm", *_ADD),
        ("pending", "ended"): _UNSUBSCRIBE,
        ("active", "ended"): _UNSUBSCRIBE,
        ("ended", "pending"): _SIGN_UP,
        ("ended", "active"): _ADD,
    },
    "hub_subscription": {
        ("", "requested"): _WANT,
        ("requested", "active"): _VERIFY,
        ("requested", "denied"): (*_ASK_HUB, *_VERIFY),
        ("requested", "leaving"): _ASK_HUB,
        ("active", "requested"): _ASK_HUB,
        ("active", "denied"): (*_ASK_HUB, *_VERIFY),
        ("active", "leaving"): _ASK_HUB,
        ("denied", "requested"): _ASK_HUB,
        ("denied", "ended"): _ASK_HUB,
        ("leaving", "requested"): _WANT,
        ("leaving", "ended"): (*_ASK_HUB, *_VERIFY),
        ("ended", "requested"): _WANT,
    },
}
"""For each transition the verbs that make it; before "" there is nothing."""


def stored_as(thing: str, state: str) -> str:
    """Return what a row in a state holds."""
    return str(LIFECYCLES[thing].stored_as.get(state, state))


def stored_verbs(thing: str, before: str, after: str) -> set[str]:
    """Return the verbs that may turn what a row holds into something else; none: a false step."""
    return {
        verb
        for (source, target), verbs in VERBS[thing].items()
        if (stored_as(thing, source), stored_as(thing, target)) == (before, after)
        for verb in verbs
    }


def draw(lifecycle: Lifecycle[Any]) -> str:
    """Return a Mermaid state diagram: first the first state, last the final ones."""
    lines = [f"[*] --> {lifecycle.initial}"]
    for before, after in _transitions(lifecycle):
        lines.append(f"{before} --> {after}")
    lines += [f"{state} --> [*]" for state in lifecycle.final_states]
    return "\n".join(["stateDiagram-v2", *(f"    {line}" for line in lines)])


def tabulate(thing: str) -> str:
    """Return a table of the transitions and the verbs that make them."""
    rows = [("", str(LIFECYCLES[thing].initial)), *_transitions(LIFECYCLES[thing])]
    lines = ["| from | to | by |", "|---|---|---|"]
    for before, after in rows:
        verbs = ", ".join(f"`{verb}`" for verb in VERBS[thing][before, after])
        lines.append(f"| {before} | {after} | {verbs} |")
    return "\n".join(lines)


def fill(page: str) -> str:
    """Return the page with every picture and table made anew between its marks."""
    for thing, lifecycle in LIFECYCLES.items():
        block = (
            f"<!-- {thing} -->\n```mermaid\n{draw(lifecycle)}\n```\n\n{tabulate(thing)}\n"
            f"<!-- /{thing} -->"
        )
        place = re.search(rf"<!-- {thing} -->.*?<!-- /{thing} -->", page, re.DOTALL)
        assert place is not None, f"docs/lifecycle.md has no place for {thing}"
        page = page.replace(place[0], block)
    return page


def _transitions(lifecycle: Lifecycle[Any]) -> Iterator[tuple[str, str]]:
    order = list(lifecycle.transitions)
    for before, after in lifecycle.transitions.items():
        for state in order:
            if state in after:
                yield str(before), str(state)


if __name__ == "__main__":
    PAGE.write_text(fill(PAGE.read_text("utf-8")), "utf-8")
