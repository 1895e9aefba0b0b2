"""Pure: recognise pages that are no articles: bot walls, errors, sign-in forms, section fronts."""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from service.articles.parsing.typography import count_words, fold, tidy

_WALL = re.compile(
    r"just a moment|un instant|attention required|access (?:to this page )?(?:has been )?denied"
    r"|accès (?:refusé|interdit)|verify(?:ing)? (?:that )?you are (?:a )?human"
    r"|are you (?:a )?(?:robot|human)"
    r"|êtes-vous un (?:robot|humain)|robot check|security check|contrôle de sécurité|captcha"
    r"|checking your browser|ddos|bot (?:verification|protection)|pardon our interruption"
    r"|please wait|veuillez patienter|one more step|request (?:blocked|rejected)"
    r"|403 forbidden|forbidden"
    r"|enable javascript(?: and cookies)?|activez javascript|you have been blocked|unusual traffic",
    re.IGNORECASE,
)
_WALL_TEXT = re.compile(
    r"checking if the site connection is secure|review the security of your connection"
    r"|enable javascript and cookies to continue|verify(?:ing)? (?:that )?you are (?:a )?human"
    r"|vérif(?:ier|iez|ication)[^.]{0,40}(?:humain|robot)|complete the (?:captcha|security check)"
    r"|checking your browser before|unusual traffic from your|automated (?:access|requests)"
    r"|your (?:ip|request) (?:address )?has been blocked|incident id|ray id",
    re.IGNORECASE,
)
_MISSING = re.compile(
    r"(?:erreur|error)?\s?(?:404|410|500|502|503)\b.{0,40}|(?:oops|oups|désolé|sorry)\b.{0,60}"
    r"|.{0,30}(?:page|article|contenu|content|document)s? (?:non trouvée?|introuvable"
    r"|not found|n'existe"
    r"|n'a pas été trouvée?|does not exist|doesn't exist|no longer|n'est plus"
    r"|inexistante?|indisponible"
    r"|unavailable|supprimée?|removed).{0,40}|not found|nothing (?:was )?found"
    r"|aucun résultat.{0,40}"
    r"|página não encontrada.{0,30}|página no encontrada.{0,30}|seite nicht gefunden.{0,30}"
    r"|(?:site|service) (?:en|under) (?:maintenance|construction).{0,30}|maintenance"
    r"|الصفحة غير موجودة.{0,30}",
    re.IGNORECASE,
)
_LOGIN = re.compile(
    r"(?:page de )?(?:connexion|identification|authentification)|(?:se |me )?connecter"
    r"|(?:connectez|identifiez|inscrivez)-vous\b.{0,60}|(?:log|sign) ?(?:in|up|on)\b.{0,40}"
    r"|mon compte|my account|entrar|iniciar sess(?:ão|ion)|iniciar sesión|تسجيل الدخول",
    re.IGNORECASE,
)
_SHORT = 120
_FRONT_LINKS = 8
_TEASER = 260

_MIN_HEADLINE_WORDS = 3


def is_bot_wall(title: str, heading: str, paragraphs: Sequence[str]) -> bool:
    """Return whether a page is only a bot check."""
    words = sum(count_words(text) for text in paragraphs)
    if words > _SHORT * 2:
        return False
    body_text = " ".join(paragraphs)[:2_000]
    names = [tidy(name).replace("’", "'") for name in (title, heading)]
    return bool(_WALL_TEXT.search(body_text)) or (
        words < _SHORT and any(_WALL.match(name) for name in names)
    )


def is_error_page(headline: str, title: str, paragraphs: Sequence[str]) -> bool:
    """Return whether a page says that the requested page does not exist."""
    if sum(count_words(text) for text in paragraphs) > _SHORT:
        return False
    return any(
        _MISSING.fullmatch(tidy(name).replace("’", "'")[:_SHORT].split(" - ")[0].split(" | ")[0])
        for name in (headline, title)
        if name
    )


def is_login_page(headline: str, paragraphs: Sequence[str]) -> bool:
    """Return whether a page is only a sign-in form."""
    if sum(count_words(text) for text in paragraphs) > _SHORT:
        return False
    return (
        _LOGIN.fullmatch(tidy(headline).replace("’", "'").split(" - ")[0].split(" | ")[0])
        is not None
    )


def is_home_page_url(url: str) -> bool:
    """Return whether a URL is a site's front page."""
    parts = urlsplit(url)
    return (
        not parts.query
        and re.fullmatch(r"/?(?:index\.\w+|[a-z]{2}/?|home/?)?", parts.path) is not None
    )


def is_section_front(tree: Any, paragraphs: Sequence[str]) -> bool:
    """Return whether a page lists articles: linked headlines, and little other text."""
    linked = set()
    for heading in tree.iter("h1", "h2", "h3", "h4"):
        link = heading.find(".//a") if heading.find(".//a") is not None else heading.getparent()
        if (
            link is not None
            and link.tag == "a"
            and count_words(tidy(heading.text_content())) >= _MIN_HEADLINE_WORDS
        ):
            linked.add(fold(heading.text_content()[:300]))
    if len(linked) < _FRONT_LINKS:
        return False
    own = [text for text in paragraphs if fold(text[:300]) not in linked]
    # Characters, because not every script has spaces between its words.
    longest = max((len(text) for text in own), default=0)
    return longest <= _TEASER and sum(len(text) for text in own) < _TEASER * len(linked)
