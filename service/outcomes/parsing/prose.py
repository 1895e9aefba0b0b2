"""Pure: reads bounces that are written for people only, such as those of qmail and Exim.

There is no grammar: the text before the returned message is searched for lines that begin with
an address or name one behind a word that only a recipient follows. What stands below such a
line, up to the next address, is what the mail says of it. Words are data in `prose.toml`.
"""

import re
import tomllib
from importlib.resources import files

from service.outcomes.parsing import addresses, autoreply, html_text, mime
from service.outcomes.parsing.findings import RawFinding, ReportKind
from service.replies import classify
from service.replies.classification import Fault

_WORDS: dict[str, list[str]] = tomllib.loads(
    (files(__package__) / "prose.toml").read_text(encoding="utf-8")
)
LIMIT_TEXT = 40_000
LIMIT_ADDRESSES = 50

# Header lines of the returned message, and what mail systems write beside them.
_HEADER = re.compile(
    r"^\s*(?:received|x-[a-z-]{1,40}|message-?id|from|date|subject|original sender|sender-mta|cc"
    r"|bcc|reporting-mta|remote-mta|messagename|last-attempt-date|sent date|size \(in bytes\)|sent"
    r"|reply-to|number of lines|return-path|mime-version|content-[a-z-]{1,30}|user-agent"
    r"|mail from|received-from-mta|arrival-date|final-recipient|original-recipient|action|status)"
    r"\s*:",
    re.IGNORECASE,
)
# Of a dialogue that is quoted in full, what we said and what was taken.
_DIALOGUE = re.compile(
    r"^\s*(?:>>>|<<<|-->|<--|[sc]:)?\s*"
    r"(?:(?:ehlo|helo|lhlo|quit|rset|data|starttls|auth|mail from|bdat)\b|[23]\d\d[ -])",
    re.IGNORECASE,
)
_AT_START = re.compile(r"^[\s>*•\-]*(?:\d{1,3}[.)]\s+)?[<\"'(\[]?(?=[^\s<>@]{1,64}@)")
_BEHIND = re.compile(
    r"(?:^\s*(?:>>>\s*)?(?:rcpt\s+to|to|recipients?|final-recipient|destinataire|empfänger"
    r"|address|e-?mail|failed recipient|original recipient|intended recipient|user|unknown user"
    r"|adresse|target mail address|destinataires?|adresse du destinataire)\s*:"
    r"|dda:smtp=|rcpt\s+to:|message to|mail to|delivered to|deliver(?:ed)? (?:mail |message )?to"
    r"|recipient[: ]|unknown user:?|user unknown:?|^\s*\d{3}[ -](?:\d\.\d\.\d\s)?"
    r"|mailbox |address |account )\s*[<\"'(]?(?=[^\s<>@]{1,64}@)",
    re.IGNORECASE,
)

# A person asks what a bounce means that they got.
_FORWARDED = re.compile(r"\s*(?:fwd?|tr|wg|rv|enc|doorst|vs|i|pd|vb|ilt|转发|轉寄|転送)\s*[:：]")
_GENERATED = re.compile(r"\((?:ultimately )?generated from (\S{3,200})\)")


def parse_prose_bounce(mail: mime.ParsedMessage) -> tuple[RawFinding, ...]:
    """Return what the mail says of each recipient; nothing when it tells of no failure."""
    subject = mime.decode_header_words(mail.top.first("subject")).lower()
    text = report_text(mail)
    named = addresses.find_addresses(mail.top.first("x-failed-recipients"))
    if not named and not _is_bounce(mail, subject, text):
        return ()
    kind = _kind(f"{subject}\n{text.lower()}")
    said = _text_by_recipient(mail, text, named)
    if not said and _is_daemon(mail):
        # The return path alone may show whose it is.
        said = {"": text}
    return tuple(
        RawFinding(address=address, kind=kind, text=words) for address, words in said.items()
    )


def _text_by_recipient(mail: mime.ParsedMessage, text: str, named: list[str]) -> dict[str, str]:
    """Return the text about each recipient, in the surest way of naming one that the mail uses."""
    ours = set(addresses.find_addresses(" ".join(mail.top.first(name) for name in ("to", "from"))))
    if named:
        said = split_by_address(text, set())
        return {address: said.get(address) or text for address in named}
    if mail.top.first("x-mlserver"):
        named = [
            address for address in addresses.find_addresses(text[:2_000]) if address not in ours
        ]
        return dict.fromkeys(named[:1], text)
    said = (
        split_by_address(_announced(text), ours)
        or split_by_address(text, ours)
        or split_by_address(text, set())
    )
    if said:
        return said
    meant = next((address for address in _anywhere(text) if address not in ours), "")
    meant = meant or _original(text) or addresses.first_address(returned_headers(mail).first("to"))
    return {meant: text} if meant else {}


def _announced(text: str) -> str:
    """Return what follows the line that announces the recipients; nothing without such a line."""
    low = text.lower()
    places = [low.find(mark) for mark in _WORDS["announcements"]]
    start = min((place for place in places if place >= 0), default=-1)
    end = text.find("\n", start) if start >= 0 else -1
    return text[end + 1 :] if end >= 0 else ""


def _original(text: str) -> str:
    """Return the address that Exim names when it keeps the one it was rewritten to for itself."""
    found = _GENERATED.search(text)
    return addresses.first_address(found.group(1)) if found else ""


def _anywhere(text: str) -> list[str]:
    """Return the first address of the lines that do not name a helper."""
    for line in text.splitlines():
        if not any(word in line.lower() for word in _WORDS["helpers"]):
            found = addresses.find_addresses(line[:1_000])
            if found:
                return found[:1]
    return []


def is_from_mail_system(mail: mime.ParsedMessage) -> bool:
    """Return whether the sender is a program that carries mail."""
    path = mail.top.first("return-path").strip().lower()
    sender = mime.decode_header_words(mail.top.first("from")).lower()
    return (
        path == "<>"
        or path.startswith("<mailer-daemon")
        # fml refuses what is written to its lists in the name of the list's owner.
        or bool(mail.top.first("x-mlserver"))
        or any(word in sender for word in _WORDS["senders"])
    )


def _is_daemon(mail: mime.ParsedMessage) -> bool:
    sender = mime.decode_header_words(mail.top.first("from")).lower()
    return "mailer-daemon" in sender and not autoreply.is_autoreply(mail)


def report_text(mail: mime.ParsedMessage) -> str:
    """Return what the mail system wrote, without the message that it returns."""
    pieces: list[str] = []
    for part in mail.parts:
        if part.type == "message/rfc822":
            break
        pieces.append(_own_words(part))
    return split_at_returned_message("\n".join(pieces)[:LIMIT_TEXT])[0]


def _own_words(part: mime.MessagePart) -> str:
    text = part.text[:LIMIT_TEXT]
    if part.type == "text/html":
        return html_text.strip_markup(text)
    if part.type == "preamble":
        # "This is a MIME-encapsulated message" is no news.
        return "" if "mime" in text[:200].lower() else text
    attached = part.first("content-disposition").lower().startswith("attachment")
    if attached or part.type == "text/rfc822-headers":
        return ""
    return text if part.type.startswith("text/") else ""


def split_at_returned_message(text: str) -> tuple[str, str]:
    """Part a text before the message that it returns."""
    position = 0
    for number, line in enumerate(text.splitlines(keepends=True)):
        low = line.strip().lower()
        if number and low and any(mark in low for mark in _WORDS["returns"]):
            return text[:position], text[position:]
        position += len(line)
    return text, ""


def _is_bounce(mail: mime.ParsedMessage, subject: str, text: str) -> bool:
    """Two of three must speak for it: the sender, the subject, the text."""
    if _is_daemon(mail):
        # Its only errand; it need not say why, nor in a language that is known here.
        return True
    signs = (
        is_from_mail_system(mail),
        any(word in subject for word in _WORDS["subjects"]) and not _FORWARDED.match(subject),
        any(word in text.lower() for word in _WORDS["openings"]),
    )
    # Only a mail system writes without any sender.
    return sum(signs) > 1 or (mail.top.first("from").strip() == "<>" and _blames_a_reader(text))


def _blames_a_reader(text: str) -> bool:
    return classify.classify_refusal(strip_protocol_lines(text)).fault is Fault.READER


def _kind(text: str) -> ReportKind:
    delayed = any(word in text for word in _WORDS["delays"])
    ended = any(word in text for word in _WORDS["endings"])
    return ReportKind.DELAYED if delayed and not ended else ReportKind.FAILED


def strip_protocol_lines(text: str) -> str:
    """Leave out what refuses nothing: headers of the returned message, commands, friendly answers.

    A blank line ends a sentence, since lists and notes often have no full stops.
    """
    lines: list[str] = []
    for line in text.splitlines():
        if not line.strip():
            if lines and lines[-1][-1:].isalnum():
                lines[-1] += ";"
        elif not _HEADER.match(line[:60]) and not _DIALOGUE.match(line[:60]):
            lines.append(line)
    return "\n".join(lines)


def split_by_address(text: str, ours: set[str]) -> dict[str, str]:
    """Return the lines about each failing address."""
    return _parted(text, ours, _AT_START) or _parted(text, ours, _BEHIND)


def text_before_addresses(text: str) -> str:
    """Return what stands before the first line that begins with an address."""
    position = 0
    for line in text.splitlines(keepends=True):
        if _named(line, _AT_START):
            return text[:position]
        position += len(line)
    return ""


def _parted(text: str, ours: set[str], place: re.Pattern[str]) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for line in text.splitlines():
        address = _named(line, place)
        if address and address not in ours and len(found) < LIMIT_ADDRESSES:
            current = found.setdefault(address, [] if found else _transcript(current))
        current.append(line)
    return {address: "\n".join(lines) for address, lines in found.items()}


def _transcript(before: list[str]) -> list[str]:
    """Return Sendmail's dialogue from what stands before an address; the rest only greets."""
    for number, line in enumerate(before):
        if "transcript of session" in line.lower() or line.startswith("<<<"):
            return before[number:]
    return []


def _named(line: str, place: re.Pattern[str]) -> str:
    if not line.strip():
        return ""
    helper = any(word in line.lower() for word in _WORDS["helpers"])
    match = None if helper and place is _BEHIND else place.search(line[:2_000])
    return addresses.first_address(line[match.end() :][:200]) if match else ""


def returned_headers(mail: mime.ParsedMessage) -> mime.MessagePart:
    """Return the headers of the message that is returned, wherever they stand."""
    for part in mail.parts:
        if part.type in {"message/rfc822", "text/rfc822-headers", "message/rfc822-headers"}:
            return mime.parse_part(part.body.lstrip(b"\n"))
    for part in mail.parts:
        if part.type.startswith("text/"):
            rest = split_at_returned_message(part.text[: LIMIT_TEXT * 2])[1]
            start = re.search(r"(?mi)^(received|return-path|message-id|from|date|to):", rest)
            if start:
                return mime.parse_part(rest[start.start() :].encode())
    return mime.MessagePart(type="")
