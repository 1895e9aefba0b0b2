"""Arguments that name a stored thing by its number, and what is wrong with another word."""

from collections.abc import Callable

import typer

from service.kit.errors import NotFound

_LARGEST_ID = 2**63 - 1
"""PostgreSQL's bigint; a larger number is refused as an error of its own."""

_SHOWN_DIGITS = 40


def id_parser(noun: str, listed_by: str) -> Callable[[str], int]:
    """Return what parses the number of a thing such as "edition" for Typer.

    `listed_by` is the command that lists such things. The parser raises BadParameter for what is no
    number, and NotFound for a number that is too large for any of them.
    """
    article = "An" if noun[0] in "aeiou" else "A"

    def parse(text: str) -> int:
        digits = text.strip()
        if not (digits.isascii() and digits.isdigit()):
            raise typer.BadParameter(f"{article} {noun} is named by its number: see '{listed_by}'.")
        if len(digits) > len(str(_LARGEST_ID)) or int(digits) > _LARGEST_ID:
            raise NotFound(f"There is no {noun} {digits[:_SHOWN_DIGITS]}: see '{listed_by}'.")
        return int(digits)

    return parse


EDITION_ID = typer.Argument(
    parser=id_parser("edition", "crieur edition list"),
    help="The edition's number, as 'crieur edition list' shows it.",
)
