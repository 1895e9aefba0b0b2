"""What a death puts at stake: mails that the relay has and that our books do not call accepted."""

from sqlalchemy import text

from tests.faults.stack import Issue, Stack

_BOOKED = text("""
    SELECT subscriber_id FROM delivery WHERE edition_id = :edition_id AND state = 'accepted'
    """)


def at_stake(stack: Stack, issue: Issue) -> int:
    """Return how many mails may come twice because something died a moment ago.

    Ask before anybody's lease has run out. What still lies in the relay's sockets is counted as a
    mail a connection; what the living have not written yet is counted too, and comes once.
    """
    taken = {entry.recipient for entry in stack.entries()[issue.earlier :]}
    with stack.runtime.begin() as session:
        booked = session.scalars(_BOOKED, {"edition_id": issue.edition_id}).all()
    return len(taken - {issue.readers[reader] for reader in booked}) + stack.connections
