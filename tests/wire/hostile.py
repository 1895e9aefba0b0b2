"""Messages that mail software has stumbled over, made from a seed: same number, same message.

Dots, line ends of every kind, lines without an end, white space in the wrong places, signs outside
ASCII and Unicode's planes, words that look like headers, boundaries or encoded words.
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime

from service.delivery.messages.compose import MessageTemplate
from service.delivery.messages.headers import EditionHeaders, NamedAddress, write_edition_headers

AT = datetime(2023, 2, 8, 6, 0, tzinfo=UTC)
SENDER_DOMAIN = "news.example"
HOLE = "crieurtokenabcdefghijklmnopqrstuvwxyz23456"
_LINES = (
    ".",
    "..",
    ". ",
    ".\r",
    "...x",
    "From ",
    "From matin@news.example Wed Feb  8 06:00:00 2023",
    ">From x",
    "",
    " ",
    "\t",
    "trailing white space \t ",
    "trailing no-break space\u00a0",
    "=",
    "==3D=20=",
    "ends in a soft break=",
    "--",
    "--=_crieur_0123456789abcdef01234567",
    "--=_crieur_0123456789abcdef01234567--",
    "QUIT",
    "DATA",
    "Bcc: victim@example.org",
    "=?utf-8?q?=0D=0ABcc:_x?=",
    "BEGIN:VCALENDAR",
    "\x00",
    "a\x00b",
    "\x1a",
    "\x08\x0b\x0c\x1b[2J",
    "\ufeff",
    "\u2028\u2029\x85",
    "é" * 77,
    "L’Assemblée nationale a adopté mardi la loi sur la presse",
    "مرحبا بالعالم \u202egnitirw rehto eht\u202c",
    "עיתון של בוקר",
    "👩🏽‍💻🏳️‍🌈🇨🇮",
    "\U0010ffff\ue000\ufffe",
    "\ud800 alone",
    "z\u0335\u0321\u0354" * 20,
    "x" * 75,
    "x" * 76,
    "x" * 77,
    "y" * 998,
    "y" * 999,
    "w" * 5000,
    "é" * 1500,
    '<a href="https://news.example/?a=1&b=2">x</a>',
    HOLE,
    f"https://news.example/unsubscribe/{HOLE}",
    f"{HOLE}{HOLE}.",
)
_BREAKS = ("\n", "\n", "\n", "\r\n", "\r", "\r\r\n", "\n\r", "\n\n\n", "", " ")
_SUBJECTS = (
    "La loi",
    "é" * 60,
    "L’Assemblée  adopte\u00a0: « la loi »",
    "👩🏽‍💻" * 20,
    "عاجل",
    "a\r\nBcc: victim@example.org",
    "a\nb",
    "a\rb\x00c",
    "=?utf-8?b?Wg==?=",
    "=?",
    "w" * 200,
    "w" * 1200,
    "a b " * 60,
    '"quoted" \\ <angle> (comment), ;:@',
    ".",
    " ",
    "",
    "\t x \t",
    "\ud83d alone",
    "\u202eright to left",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hostile:
    """A message, and the words that its reader is to see."""

    number: int
    subject: str
    text: str
    html: str

    @property
    def message(self) -> MessageTemplate:
        """The message of an edition with these words."""
        head = EditionHeaders(
            sender=NamedAddress(name=self.subject[:60], address=f"matin@{SENDER_DOMAIN}"),
            reply_to=f"redaction@{SENDER_DOMAIN}",
            subject=self.subject,
            date=AT,
            list_id=NamedAddress(name=self.subject[-60:], address=f"matin.{SENDER_DOMAIN}"),
            unsubscribe_url=f"https://{SENDER_DOMAIN}/unsubscribe/{HOLE}",
            unsubscribe_address=f"u-{HOLE}@bounces.{SENDER_DOMAIN}",
            feedback=(str(self.number), "matin", "digest"),
        )
        return MessageTemplate(
            head=write_edition_headers(head), text=self.text, html=self.html, placeholder=HOLE
        )


def make_hostile(number: int) -> Hostile:
    """Make one; every known line stands in some of the first hundred."""
    chance = random.Random(number)
    subject = _SUBJECTS[number % len(_SUBJECTS)] if number < 400 else _mix(chance, _SUBJECTS, 3)
    first = _LINES[number % len(_LINES)]
    return Hostile(
        number=number,
        subject=subject[:1500],
        text=first + chance.choice(_BREAKS) + _mix(chance, (*_LINES, _noise(chance)), 8),
        html=_mix(chance, (*_LINES, _noise(chance)), 12) + chance.choice(_BREAKS) + first,
    )


def _mix(chance: random.Random, lines: tuple[str, ...], most: int) -> str:
    return "".join(
        chance.choice(lines) + chance.choice(_BREAKS) for _ in range(chance.randint(0, most))
    )


def _noise(chance: random.Random) -> str:
    """Any signs of Unicode, now and then with the ones that mail cares about between them."""
    special = " \t\r\n.=-<>\x00"
    return "".join(
        chance.choice(special) if chance.random() < 0.3 else chr(chance.randrange(0x110000))
        for _ in range(chance.randint(1, 200))
    )
