"""Pure: suggest the email domain that a reader probably meant to type.

Only a hint: the address is never corrected, because a rare domain may be a real one.
"""

# Domains that many readers have; a domain one typo away from one of them is questioned.
COMMON_DOMAINS = (
    "gmail.com",
    "googlemail.com",
    "yahoo.com",
    "yahoo.fr",
    "hotmail.com",
    "hotmail.fr",
    "outlook.com",
    "outlook.fr",
    "live.com",
    "live.fr",
    "icloud.com",
    "orange.fr",
    "orange.ci",
    "orange.sn",
    "wanadoo.fr",
    "free.fr",
    "sfr.fr",
    "laposte.net",
    "protonmail.com",
    "aviso.ci",
)
# Real domains that are only one typo away from a common one.
REAL_DOMAINS = frozenset(
    {
        "ymail.com",
        "gmx.com",
        "mail.com",
        "email.com",
        "hotmail.ca",
        "yahoo.ca",
        "orange.ml",
        "orange.bf",
        "orange.cm",
        "orange.be",
        "orange.nl",
        "live.ca",
        "live.be",
        "live.nl",
        "yahoo.be",
        "me.com",
        "tfr.fr",
        "fre.fr",
        "freee.fr",
    }
)
# Typos that are more than one letter away.
KNOWN_TYPOS = {
    "gmail": "gmail.com",
    "gmail.fr": "gmail.com",
    "gmail.ci": "gmail.com",
    "gamil.fr": "gmail.com",
    "gmial.fr": "gmail.com",
    "gmail.co": "gmail.com",
    "hotmai.fr": "hotmail.fr",
    "yahoo.co": "yahoo.com",
    "yahou.fr": "yahoo.fr",
    "icloud.fr": "icloud.com",
    "la-poste.net": "laposte.net",
    "laposte.fr": "laposte.net",
}


def suggest_domain(domain: str) -> str | None:
    """Return the common domain that `domain` is a typo of, None without a suggestion."""
    wanted = domain.lower()
    if wanted in COMMON_DOMAINS or wanted in REAL_DOMAINS:
        return None
    if wanted in KNOWN_TYPOS:
        return KNOWN_TYPOS[wanted]
    return next((common for common in COMMON_DOMAINS if _is_one_typo(wanted, common)), None)


def _is_one_typo(one: str, other: str) -> bool:
    """Return whether one letter is missing, added, changed or swapped with its neighbour."""
    if abs(len(one) - len(other)) > 1:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    a, b = one[start:], other[start:]
    return a[1:] == b[1:] or a == b[1:] or a[1:] == b or (a[:2] == b[:2][::-1] and a[2:] == b[2:])
