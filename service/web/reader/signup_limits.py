"""Rate limits of sign-ups per network.

One address of a mobile carrier may serve thousands of readers, and another a single program. The
limit of a network grows with its readers who confirmed. Beyond the limit a sign-up is not refused
but needs a proof of work, which people hardly notice but which slows a flood down.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address

from fastapi import Request

from service.audience.network import network_of
from service.boot import Runtime
from service.web import proof_of_work

AN_HOUR = timedelta(hours=1)
BASE_LIMIT = 20
"""Sign-ups of a network in an hour."""

MAX_CREDIT = 500
"""One more for each reader who confirmed, up to this."""

CREDIT_LASTS = timedelta(days=30)
"""For so long a reader counts. Each day has a count of its own: none ends with the one before."""

LIMIT_WITH_PROOF = 1_000
"""Sign-ups of a network in an hour with a proof of work."""


class SignupDecision(StrEnum):
    """What to do with a sign-up."""

    ACCEPTED = "accepted"
    PROOF_NEEDED = "proof_needed"
    TOO_MANY = "too_many"


def check_signup_limit(
    request: Request, running: Runtime, *, solution: str, now: datetime
) -> SignupDecision:
    """Count a sign-up from the request's network; readers on this machine are never a flood."""
    host = request.client.host if request.client else None
    if _is_loopback(host):
        return SignupDecision.ACCEPTED
    network, store = network_of(host), running.redis_store
    days = [
        _confirmed_count(network, now - timedelta(days=ago)) for ago in range(CREDIT_LASTS.days + 1)
    ]
    budget = BASE_LIMIT + min(store.count_uses(*days), MAX_CREDIT)
    if store.allow(f"signup:{network}", limit=budget, per=AN_HOUR):
        return SignupDecision.ACCEPTED
    if not proof_of_work.is_solved(running.keyring, store, solution, now=now):
        return SignupDecision.PROOF_NEEDED
    is_allowed = store.allow(f"signup-proven:{network}", limit=LIMIT_WITH_PROOF, per=AN_HOUR)
    return SignupDecision.ACCEPTED if is_allowed else SignupDecision.TOO_MANY


def credit_confirmation(
    request: Request, running: Runtime, *, subscriber_id: int, now: datetime
) -> None:
    """Let the network of a reader who has just confirmed send one more sign-up an hour.

    A reader earns it once, however often they leave and confirm again.
    """
    network = network_of(request.client.host if request.client else None)
    if running.redis_store.allow(
        f"signup-earned:{network}:{subscriber_id}", limit=1, per=CREDIT_LASTS
    ):
        # The day's count is kept for the day itself, too.
        kept_for = CREDIT_LASTS + timedelta(days=1)
        running.redis_store.allow(_confirmed_count(network, now), limit=MAX_CREDIT, per=kept_for)


def _confirmed_count(network: str, day: datetime) -> str:
    return f"signup-confirmed:{network}:{day:%Y-%m-%d}"


def _is_loopback(host: str | None) -> bool:
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False
