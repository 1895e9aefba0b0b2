"""Pure: how people and logs name the steps of the SMTP dialogue."""

from service.replies.classification import SmtpStage

_NAMES = {
    SmtpStage.CONNECT: ("connect", "connection", "banner", "greeting", "helo", "ehlo", "lhlo",
                        "starttls", "auth"),
    SmtpStage.MAIL: ("mail", "mail from", "mailfrom"),
    SmtpStage.RCPT: ("rcpt", "rcpt to", "recipient"),
    SmtpStage.DATA: ("data",),
    SmtpStage.DOT: ("dot", ".", "final dot", "end of data", "eod"),
}  # fmt: skip
_STAGES = {name: stage for stage, names in _NAMES.items() for name in names}


def parse_stage(word: str) -> SmtpStage | None:
    """Return the step that a word names, whatever its case: `RCPT TO`, `final-dot`; else None."""
    plain = word.strip().lower().replace("-", " ").replace("_", " ").removesuffix(" command")
    return _STAGES.get(" ".join(plain.rstrip(":").split()))
