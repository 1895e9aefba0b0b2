"""An operator changes their own password: checked and hashed while no transaction is open."""

from dataclasses import dataclass
from enum import StrEnum

from service.accounts import passwords, queries
from service.accounts.login import PER_BROWSER, WINDOW
from service.accounts.sessions import SignedIn
from service.kit.cache import Cache
from service.kit.db import Begin, Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change that may be made: the hash that was there, and the new one."""

    operator_id: int
    was: str
    password_hash: str


class Refusal(StrEnum):
    """Why not."""

    LENGTH = "length"
    COMMON = "common"
    TOO_OFTEN = "often"
    OLD = "old"


def prepare(begin: Begin, cache: Cache, me: SignedIn, *, old: str, new: str) -> Change | Refusal:
    """Check the old password and hash the new one; nothing is changed yet.

    Only wrong ones count: each is counted before it is checked, and a right one given back, so that
    many at once are not more than the limit.
    """
    limit = f"password:{me.operator_id}"
    if not passwords.has_good_length(new):
        return Refusal.LENGTH
    if passwords.is_common(new, about=(me.name, me.address)):
        return Refusal.COMMON
    if not cache.allow(limit, limit=PER_BROWSER, per=WINDOW):
        return Refusal.TOO_OFTEN
    with begin() as session:
        operator = queries.operator_by_id(session, me.operator_id)
    was = operator.password_hash if operator is not None else None
    if was is None or not passwords.check(was, old).fits:
        return Refusal.OLD
    cache.give_back(limit)
    return Change(operator_id=me.operator_id, was=was, password_hash=passwords.make_hash(new))


def make(session: Session, change: Change) -> bool:
    """Make the change; False means that the old password is another one by now."""
    return queries.replace_password(
        session, change.operator_id, was=change.was, new=change.password_hash
    )
