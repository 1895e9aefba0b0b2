"""What deaths put at stake: mails that the relay has and that our books do not call accepted."""

import psycopg

from tests.faults.stack import Issue, Stack

_BOOKED = """
    SELECT subscriber_id FROM delivery
    WHERE edition_id = %s AND state = 'accepted' AND subscriber_id = ANY (%s)
    """


class Stakes:
    """Counts, death by death, what may come twice because of it.

    A mail is counted with the first death after it: whoever sends its reader another one makes a
    new entry in the relay's ledger, which the next death may put at stake again.
    """

    def __init__(self, stack: Stack, issue: Issue) -> None:
        self.each: list[int] = []
        # Whose mails each death left without a word in our books.
        self.unbooked: list[set[str]] = []
        self._stack = stack
        self._issue = issue
        self._ids = {address: number for number, address in issue.readers.items()}
        self._seen = issue.earlier

    def note(self, *, deaths: int = 1) -> None:
        """Count what deaths of a moment ago left behind; ask before any lease runs out.

        What still lies in the relay's sockets is counted as a mail a connection; what the living
        have not written yet is counted too, and comes once.
        """
        entries = self._stack.entries()
        new = {entry.recipient for entry in entries[self._seen :]}
        self._seen = len(entries)
        left = new - self._booked(new)
        self.unbooked.append(left)
        self.each.append(len(left) + deaths * self._stack.connections)

    @property
    def total(self) -> int:
        """How many copies all deaths together may cost."""
        return sum(self.each)

    def _booked(self, addresses: set[str]) -> set[str]:
        ids = [self._ids[address] for address in addresses]
        # Connections that were open when PostgreSQL died are of no use.
        with psycopg.connect(self._stack.conninfo) as books:
            rows = books.execute(_BOOKED, (self._issue.edition_id, ids)).fetchall()
        return {self._issue.readers[number] for (number,) in rows}
