"""Pure: which addresses probably end in one mailbox, for limits only.

Gmail reads no dots and nothing behind a plus, most providers nothing behind a plus, Yahoo nothing
behind a hyphen. Nothing else may use this: who writes two addresses is two subscribers, and a guess
that is wrong here only makes two readers share a generous limit.
"""

from hashlib import blake2b

# One provider's names for the same mailboxes.
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
    """Return the address of the mailbox that an address's normal form is probably an alias of."""
    local, _, domain = key.rpartition("@")
    domain = _SAME.get(domain, domain)
    own = local.partition("+")[0]
    if domain.startswith(("yahoo.", "ymail.", "rocketmail.")):
        own = own.partition("-")[0]
    if domain in _NO_DOTS:
        own = own.replace(".", "")
    if domain in _NO_DASHES:
        own = own.replace("-", "").replace("_", "")
    # "+news@example.org" is an address, too, and of nobody else.
    return f"{own or local}@{domain}"


def mailbox_hash(key: str) -> str:
    """Return what the mailbox is known by where its mails of a day are counted."""
    return blake2b(mailbox_of(key).encode(), digest_size=16).hexdigest()
