"""Pure: recognise the lines of a page that belong to the site and not to the article.

Some lines are boilerplate wherever they stand (`is_boilerplate`); calls to subscribe may also look
like prose, so they need a verb and a thing to subscribe to (`is_call_to_action`); at the end of a
page `ends_page` is less strict, because there nothing else is expected.
"""

import re

from service.articles.parsing.typography import count_words, fold, is_sentence

_NETWORK = (
    r"(?:facebook|twitter|x|whatsapp|telegram|linkedin|instagram|youtube|tiktok|pinterest|reddit"
    r"|messenger|e-?mail|mail|courriel|sms|threads|bluesky|tumblr|viber|print|imprimer|copier"
    r"|copier le lien|copy link|share|partager|tweeter|tweet|partages?|shares?|envoyer|lien|link"
    r"|\d+)"
)
_ALONE = re.compile(
    rf"""
      [\W_]*                                                     # commas of empty tags, rules
    | {_NETWORK}(?:[\s,;/|•·:&-]+(?:(?:sur|par|on|via|et|and)\s)?{_NETWORK})*
    | (?:partage[rz]?|share)(?:\s?[:!]|\s(?:cet|cette|l'|sur|avec|this|on|with|via)\b.{{0,40}})?
    | (?:suivre|follow)\s(?:sur|nous|us|on|@).{{0,40}}
    | (?:temps\sde\slecture|lecture|reading\stime|durée)\s?(?:estimée?\s?)?:?\s?
        (?:de\s)?\d+\s?.{{0,20}}
    | (?:lecture\s(?:de\s)?)?[~≈]?\d+\s?(?:min|mn|minutes?|mins?)\b\.?
        (?:\sde\slecture|\sread|\sto\sread)?
    | (?:tags?|mots[\s-]?cl[ée]s?|étiquettes?|thèmes?|thématiques?|sujets?|topics?|keywords?
        |mots\sclefs|filed\sunder|classé\sdans)\s?:.*
    | (?:\#\w[\w-]*[\s,]*)+
    | (?:\W*\d[\d\s.,]*|aucun|no)\s?(?:commentaires?|comments?|vues?|views?|lectures?|réactions?
        |partages?|shares?|j'aime|likes?|abonnés?|followers)\W*
    | (?:commentaires?|comments?|réactions?|vues|views)\s?[:(]?\s?\d*\)?
    | (?:laisse[rz]|poste[rz]|ajoute[rz]|écri(?:re|vez)|voir|lire|leave|add|post|view)\s
        (?:un|votre|vos|les|des|a|all|your)?\s?(?:commentaires?|comments?|réponse|reply)\b.*
    | (?:réagir|réagissez|répondre|commenter|reply)(?:\sà\scet\sarticle|\sà\sl'article|\s?!)?
    | (?:écouter|imprimer|télécharger|enregistrer|sauvegarder|signaler|listen\sto|print|save)
        (?:\s(?:l'article|cet\sarticle|this\sarticle|le\spdf|une\serreur))?
    | (?:accueil|home|menu|rechercher|recherche|search|connexion|se\sconnecter|s'identifier|login
        |sign\sin|log\sin|mon\scompte|fermer|close|suivant|précédent|next|previous|retour
        |haut\sde\spage|retour\sen\shaut|back\sto\stop|lire\sla\ssuite|voir\splus|read\smore
        |à\sla\sune|contact(?:ez-nous)?|qui\ssommes-nous(?:\s?\?)?|à\spropos|about(?:\sus)?|archives
        |mentions\slégales|plan\sdu\ssite|politique\sde\sconfidentialité|privacy\spolicy
        |gérer\s(?:les|mes)\scookies|cookies|newsletters?|nos\snewsletters|flux\srss|rss
        |google\s(?:news|actualités)|app\sstore|google\splay)
    | il\s(?:vous\s)?reste\s\d+\s?%\s(?:de\s(?:cet|l')\s?article\s)?à\s(?:lire|découvrir)\W*
    | (?:la\s)?suite\s(?:de\scet\sarticle\s)?(?:est\s)?réservée\sà?\s?(?:aux|nos)\s
        (?:abonné|lecteur)e?s\W*
    | (?:cliquez|cliquer|click|touchez)\s(?:sur|pour|on|to|here)\b.{{0,60}}
    | (?:télécharger|download)\s.{{2,60}}(?:pdf|docx?)\)?
    | (?:article|post)\s(?:précédent|suivant|previous|next)\b.*
    | (?:previous|next)\s(?:article|post)\b.*
    """,
    re.IGNORECASE | re.VERBOSE,
)
_ADVERT = re.compile(
    r"[\W_]*(?:publicité|pub|advertisement|annonce|sponsorisé|contenu (?:sponsorisé|partenaire)"
    r"|(?:la )?suite après (?:la|cette) publicité"
    r"|(?:(?:cet |l')?article (?:est )?|contenu |premium )?réservée? (?:à nos|aux)"
    r" (?:abonné|lecteur)e?s"
    r"|subscribers? only|for subscribers(?: only)?)[\W_]*",
    re.IGNORECASE,
)
# "Abonnez-vous, conseille-t-elle": a quotation in the article.
_TOLD = re.compile(r"\w-(?:t-)?(?:ils?|elles?|on)\b|^\W*[«“\"][^»”\"]*[»”\"]\W*\w", re.IGNORECASE)
_LEGAL = re.compile(
    r"^(?:©|\(c\)\s|copyright\b)|tous droits (?:de reproduction |d'auteur )?(?:sont )?réservés"
    r"|all rights reserved|reproduction (?:même partielle )?interdite|^droits réservés"
    r"|^(?:https?://|www\.)\S+/?$|^\S+@\S+\.\w+$|^[\w-]+\.(?:com|net|org|info|africa"
    r"|example|[a-z]{2})$",
    re.IGNORECASE,
)
_CAPTION = re.compile(
    r"©|^\(?(?:crédits?|credits?)(?: photos?)? ?:|^\(?(?:photos?|images?|illustrations?|légende"
    r"|caption)(?: d[’']illustration| d[’']archives?)? ?(?::|$|\)|/|par |by )"
    r"|\((?:photo|image|crédit|credit|archives?|ph)[^)]*\)$|[—–|/] ?(?:AFP|Reuters|AP|DR|D\.R\.)$"
    r"|^(?:D\.?R\.?|image d[’']illustration|photo d[’']illustration)\.?$"
    r"|^ph\. ?:|^(?:photo|image|vidéo|video|en images?|carte|infographie) ?(?::|[A-ZÀ-Þ])"
    r"|^\[(?:image|photo|vidéo|video)\b[^\]]*\]$|\.? ?(?:AFP|Reuters|AP"
    r"|DR) ?/ ?[A-ZÀ-Þ][\w. -]{1,30}$"
    r"|^[A-ZÀ-Þ][\w. -]{2,40} ?/ ?(?:AFP|Reuters|AP)$",
    re.IGNORECASE,
)
# A photographer's credit: "SALIF OUATTRA/AFP"; authors are separated by spaces.
_CREDIT = re.compile(r"[A-ZÀ-Þ][A-ZÀ-Þ.' -]{1,40}/(?:AFP|AP|REUTERS|Reuters|EPA|SIPA|MAXPPP|DR)")
_CALL = re.compile(
    r"^\W*(?:abonne[rz][- ]vous|abonnez|s'abonner|je m'abonne|inscri(?:vez|s)[- ](?:vous|toi)"
    r"|s'inscrire|je m'inscris|désabonn|pour vous abonner|souscri(?:vez|re)|restez inform"
    r"|restez connect|ne (?:manquez|ratez) (?:rien|plus|aucun)|subscribe|sign up|get our"
    r"|stay informed"
    r"|stay connected|follow us|suivez[- ]nous|rejoignez[- ]nous|retrouvez[- ]nous|join us"
    r"|soutenez[- ]nous"
    r"|faites un don|devenez membre|téléchargez (?:notre|l'app)|activez les notifications"
    r"|cliquez ici|(?:cet|l') ?article est réservé"
    r"|entrez votre|votre (?:adresse )?e-?mail|votre adresse|your e-?mail"
    r"|lire aussi nos|soyez (?:les? |la )?(?:premi|inform|alert)|accédez à|pour lire la suite"
    r"|(?:créez|activez) votre|(?:notre|la|nos) newsletters?\b.{0,40}$)",
    re.IGNORECASE,
)
_ANYWHERE = re.compile(
    r"\b(?:abonne[rz][- ]vous|inscrivez[- ]vous|newsletters?|subscribe|suivez[- ]nous)\b",
    re.IGNORECASE,
)
_WEAK_CALL = re.compile(
    r"^\W*(?:recevez|receive|get|retrouvez|rejoignez|join|suivez|follow|téléchargez|download"
    r"|soutenez|support|profitez|découvrez|discover|inscription|abonnement|pour (?:ne rien|recevoir"
    r"|suivre|être|rester)|chaque (?:matin|jour|soir|semaine)|every (?:morning|day|evening|week)"
    r"|votre (?:journal|rendez-vous)"
    r"|toute l'(?:actu|info)|all the news|(?:vous|tu) (?:aimez|avez aimé|souhaitez|voulez)"
    r"|(?:cet|cette) (?:article|information) vous)\b",
    re.IGNORECASE,
)
_THING = re.compile(
    r"newsletters?|lettre|courriel|nouvelles|infolettre|alertes?|notifications?"
    r"|whatsapp|telegram|facebook|twitter"
    r"|application|appli\b|réseaux|e-?mails?|\bmail|boîte|abonn|inbox|alerts?|subscri|app\b|chaîne"
    r"|channel|gratuit|notre (?:page|site|journal|édition|rédaction|kiosque)|our (?:page|site)"
    r"|l'actualité|l'essentiel|nos (?:articles|infos|informations|actualités)|l'info\b|our news",
    re.IGNORECASE,
)
_LISTING = re.compile(
    r"(?:(?:articles?|contenus?) (?:similaires?|liés?|connexes?|récents?|associés?)|sur le même"
    r" (?:sujet|thème)|dans la même (?:rubrique|catégorie)|du même auteur|les plus lus|à la une"
    r"|most read|related (?:articles|posts|stories)|more from|plus d'articles|derniers articles"
    r"|vous aimerez aussi|you may also like|à découvrir|à ne pas manquer|lire plus)\s?:?",
    re.IGNORECASE,
)


_LONGEST = 600

# Characters.
_MAX_CAPTION = 250
# Characters: a longer line is prose.
_MAX_CALL = 400
# Words of a clear call without its object, of a weak one, and of a line that mentions one anywhere.
_MAX_CALL_WORDS = 8
_MAX_WEAK_CALL_WORDS = 40
_MAX_MENTION_WORDS = 25
_MIN_WORD_LENGTH = 4


def _plain(line: str) -> str:
    # A longer line is an article's paragraph; only its first words are checked.
    return line[:_LONGEST].replace("’", "'").strip()


def is_boilerplate(line: str) -> bool:
    """Return whether a line belongs to the site, wherever it is on the page."""
    plain = _plain(line)
    return bool(
        _ALONE.fullmatch(plain)
        or _LEGAL.search(plain)
        or is_advert_label(plain)
        or is_call_to_action(plain)
    )


def is_advert_label(line: str) -> bool:
    """Return whether a line only labels an advertisement, below which the text continues."""
    return bool(_ADVERT.fullmatch(_plain(line)))


def is_caption(line: str) -> bool:
    """Return whether a line describes or credits a picture."""
    return len(line) <= _MAX_CAPTION and bool(_CAPTION.search(_plain(line)))


def is_photo_credit(line: str) -> bool:
    """Return whether a line credits a picture although it has the shape of a byline."""
    return bool(_CREDIT.fullmatch(_plain(line)))


def is_call_to_action(line: str) -> bool:
    """Return whether a line calls on readers to subscribe or to follow."""
    plain = _plain(line)
    if len(plain) > _MAX_CALL or _TOLD.search(plain):
        return False
    if _CALL.search(plain):
        return count_words(plain) <= _MAX_CALL_WORDS or bool(_THING.search(plain))
    return bool(
        _WEAK_CALL.search(plain)
        and _THING.search(plain)
        and count_words(plain) <= _MAX_WEAK_CALL_WORDS
    )


def ends_page(line: str) -> bool:
    """Return whether a line near the end begins the boilerplate below an article."""
    plain = _plain(line)
    if _TOLD.search(plain) or is_advert_label(plain):
        return False
    if is_boilerplate(plain) or _CALL.search(plain) or _LISTING.fullmatch(plain):
        return True
    return count_words(plain) <= _MAX_MENTION_WORDS and bool(_ANYWHERE.search(plain))


def is_list_heading(line: str) -> bool:
    """Return whether a line heads a list of other articles."""
    return bool(_LISTING.fullmatch(_plain(line)))


def is_repeated_text(line: str) -> bool:
    """Return whether a line has the same words twice, as a logo beside its own text does."""
    words = fold(line).split()
    half = len(words) // 2
    return len(words) > 1 and len(words) % 2 == 0 and words[:half] == words[half:]


def is_nameplate(line: str) -> bool:
    """Return whether a line looks like a publication's name: "Le Courrier", "golfe-info.ci"."""
    plain = _plain(line)
    if (
        is_repeated_text(plain)
        or is_logo_caption(plain)
        or re.fullmatch(r"[\w-]+\.[\w.-]*\w", plain)
    ):
        return True
    words = [word for word in re.split(r"[\s'-]+", plain) if len(word) >= _MIN_WORD_LENGTH]
    return not is_sentence(plain) and all(not word[0].islower() for word in words)


def is_logo_caption(line: str) -> bool:
    """Return whether a line is the alternative text of a logo: "Logo du journal"."""
    return bool(re.match(r"(?:le )?logo\b|.{1,40}\blogo$", _plain(line), re.IGNORECASE))
