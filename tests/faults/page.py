"""The books as an operator reads them in the console."""

import re

from tests.faults.stack import Issue, Stack
from tests.rooms.web.signed_in import an_operator

_LEDGER = re.compile(r'<table class="ledger">(.*?)</table>', re.DOTALL)
_NUMBER = re.compile(r'<td class="number">([^<]*)</td>')
_NAME = re.compile(r'class="dot fill-([a-z]+)"')


def books_on_the_page(stack: Stack, issue: Issue) -> tuple[dict[str, int], int]:
    """Return the numbers of the ledger by name, and the number under the line."""
    answer = an_operator(stack.runtime).get(f"/console/editions/{issue.edition_id}")
    assert answer.status_code == 200
    ledger = _LEDGER.search(answer.text)
    assert ledger is not None
    numbers = [int(re.sub(r"\D", "", each)) for each in _NUMBER.findall(ledger[1])]
    return dict(zip(_NAME.findall(ledger[1]), numbers[:-1], strict=True)), numbers[-1]
