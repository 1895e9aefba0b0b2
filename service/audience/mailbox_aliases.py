"""Pure: which addresses are probably aliases of one mailbox, for limits only.

Gmail ignores dots and everything after a plus sign, most providers everything after a plus sign,
Yahoo everything after a hyphen. Use it for nothing else: two addresses are two subscribers. A wrong
guess only makes two readers share a generous limit.
"""

from hashlib import blake2b

# Domains of one mailbox provider that name the same mailboxes.
_SAME = {
    "googlemail.com": "gmail.com",
    "protonmail.com": "proton.me",
    "pm.me": "proton.me",
    "me.com": "icloud.com",
    "mac.com": "icloud.com",
    "ya.ru": "yandex.ru",
    "yandex.com": "yandex.ru",
}
_NO_DOTS = frozenset({"gmail.com", "proton.me"})
_NO_DASHES = frozenset({"proton.me"})


def mailbox_of(key: str) -> str:
    """Return the address of the mailbox for an address in its normal form."""
    local, _, domain = key.rpartition("@")
    domain = _SAME.get(domain, domain)
    own = local.partition("+")[0]
    if domain.startswith(("yahoo.", "ymail.", "rocketmail.")):
        own = own.partition("-")[0]
    if domain in _NO_DOTS:
        own = own.replace(".", "")
    if domain in _NO_DASHES:
        own = own.replace("-", "").replace("_", "")
    # "+news@example.org" is an address of its own.
    return f"{own or local}@{domain}"


def mailbox_hash(key: str) -> str:
    """Return the hash under which the messages to a mailbox are counted."""
    return blake2b(mailbox_of(key).encode(), digest_size=16).hexdigest()
