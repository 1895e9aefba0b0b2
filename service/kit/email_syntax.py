"""Pure: the two halves of an e-mail address, as email-validator reads them.

It is loaded with the first address: its expressions take as long as a short query.
"""


def split_email_address(text: str) -> tuple[str, str] | None:
    """Return the part before the @ and the domain in ASCII (RFC 5891); None if it is no address.

    The part before the @ is ASCII, because not every relay takes SMTPUTF8 (RFC 6531).
    """
    from email_validator import EmailNotValidError, validate_email

    try:
        # "test_environment" only means that the reserved domain .test is taken.
        valid = validate_email(
            text, allow_smtputf8=False, check_deliverability=False, test_environment=True
        )
    except (EmailNotValidError, UnicodeError):
        return None
    return valid.local_part or "", valid.ascii_domain or ""
