"""Pure: parse bylines.

A byline is a name alone on a line, with or without "Par". Site names and subheadings look the
same, so a name is judged by its words: particles of names are allowed, words of the press, of
places and of prose are not.
"""

import re

from service.articles.parsing.given_names import GIVEN_NAMES
from service.articles.parsing.typography import count_words, fold, tidy

_PARTICLES = frozenset(
    """
    de da do dos das di del della van von der den ten ter la le el al ben bin ibn ould mint ag
    abu bou y e dan wa wuld walet bint ul mac
    """.split()  # noqa: SIM905  A list of words is read and corrected as words.
)
_NOT_A_PERSON = frozenset(
    """
    info infos information informations news actu actus actualite actualites presse press journal
    tribune matin soir hebdo quotidien courrier gazette nouvelle nouvelles afrique africa africain
    africaine african continent sahel tv television radio web media medias magazine mag post times
    monde world express voix voice echo echos observateur observer reporter net com org logo site
    horizon horizons ouest est nord sud west east north south golfe lagune fleuve savane harmattan
    etoile star lumiere liberte verite republique nation national nationale patrie peuple citoyen
    temps aube aurore midi plume crieur kiosque depeche agence agency mondial global direct live
    plus hebdomadaire daily weekly today aujourd'hui demain enquete enquetes politique economie
    societe sport sports culture international internationale diplomatie sante education
    environnement sciences technologie tech opinion tribunes dossier dossiers reportage analyse
    decryptage interview entretien portrait video photos newsletter lettre abonnement contact
    accueil home mentions legales conditions confidentialite publicite partager facebook twitter
    whatsapp telegram linkedin instagram youtube tiktok commentaires comments tags benin togo
    nigeria niger ghana mali burkina faso senegal guinee cameroun gabon congo tchad mauritanie
    gambie liberia ivoire cotonou lome lagos abuja niamey accra bamako ouagadougou dakar conakry
    abidjan porto-novo yaounde libreville kinshasa brazzaville assemblee gouvernement ministere
    ministre president presidence parti union conseil cour banque commission election elections
    presidentielle crise guerre grand grande nouveau premier premiere dernier derniere bientot
    ligue coupe can cedeao onu fmi ceni copyright edition editions groupe group network
    """.split()  # noqa: SIM905  A list of words is read and corrected as words.
)
_PROSE = frozenset(
    """
    et ou mais donc or ni car les des du un une au aux ce cette ces son sa ses leur leurs en sur
    sous dans par pour avec sans entre vers chez contre apres avant depuis pendant que qui quoi
    dont est sont a ont il elle ils elles on nous vous je tu ne pas plus tres the of and in on at
    to for with by an is are was were this that his her their
    """.split()  # noqa: SIM905  A list of words is read and corrected as words.
)
_AGENCIES = {
    fold(name): name
    for name in """
    AFP AP Reuters APA APS AIP ANP ATOP ABP AIB AMAP NAN GNA MAP PANA Xinhua Panapress EFE DPA
    TASS RFI BBC
    """.split()  # noqa: SIM905  A list of words is read and corrected as words.
}
_DESK = re.compile(
    r"(?:la |notre |the |our )?(?:rédaction|redaction|newsroom|editorial (?:team|staff|board)"
    r"|staff (?:writer|reporter))(?: (?:de|du|d['’]|of) ?.{1,40}| web| centrale| numérique"
    r"|(?-i:(?: [A-ZÀ-Þ][\w'’-]*){1,3}))?",
    re.IGNORECASE,
)
_CUE = re.compile(
    r"^[-–—•*|\s]*(?:(?:une? )?(?:propos |texte |article |reportage |récit |interview |entretien"
    r" |enquête )?(?:recueillis |rédigé |écrit |publié |soumis |posté |proposé |ajouté "
    r"|mis en ligne |réalisée? |menée? "
    r"|signé )?(?:par|by|por)\b|auteure?s? ?:|authors? ?:|écrit par|written by"
    r"|rédaction ?:|texte ?:|source ?:|de(?= nos | notre )|from(?= our )|avec(?= [A-Z])"
    r"|with(?= [A-Z]))[\s:]*",
    re.IGNORECASE,
)
_ROLE = re.compile(
    r"\b(?:correspondante?s?|envoyée?s? spéciale?s?|envoyés spéciaux|journalistes?|stagiaires?|"
    r"rédacteurs?|rédactrices?|reporters?|pigistes?|photographes?|coll\.|à|in|depuis|from|pour"
    r"|notre|our|bureau|agences?|agency|agencies"
    r"|(?:enseignante?s?[- ])?chercheure?s?|chercheuses?|enseignante?s?"
    r"|universitaires?|économistes?"
    r"|sociologues?|politologues?|politistes?|anthropologues?|philosophes?|historiene?s?|historiennes?"
    r"|juristes?|avocate?s?|professeure?s?|maîtres? de conférences|docteure?s?|doctorante?s?"
    r"|écrivaine?s?|essayistes?|éditorialistes?|chroniqueurs?|chroniqueuses?|analystes?"
    r"|consultante?s?|experte?s?|médecins?|blogueurs?|blogueuses?|economist|lecturer|analyst"
    r"|columnist|researcher|historian|lawyer|sources?)\b.*$",
    re.IGNORECASE,
)
_PAPER = re.compile(
    r"(?:(?:Le|La|Les) |L['’])[A-ZÀ-Þ][\w'’-]*(?: (?:d[eu]s? |d['’]|la )?[A-ZÀ-Þ][\w'’-]*){0,2}"
)
# A paper that reports together with an agency signs with it.
_WITH_AGENCY = re.compile(r"(?P<paper>.+?)\s+(?:avec|et|with|and)\s+(?P<agency>\S+)")
# A helper need not be known: "Mariame K. avec Sercom".
_WITH_SOMEBODY = re.compile(r"(?P<name>.+?)\s+(?:avec|with)\s+(?P<whom>[A-ZÀ-Þ][\w'’-]+)")
_BETWEEN = re.compile(
    r"\s*(?:[,;/|•·+&()\[\]]|\s[-–—]\s|\b(?:et|and|avec|with)\b(?!['’]))\s*", re.IGNORECASE
)
_LONGEST = 240
_CALLING = 6
# Buttons that stand behind a name and were copied with it.
_BUTTON = re.compile(
    r"\s+(?:suivre|s'abonner|abonné|follow(?:ing)?|seguir|voir (?:tous )?(?:ses|les) articles"
    r"|view all (?:posts|articles)|all posts|more by|plus d'articles|contacter|bio)$",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"^(?:(?:view |see |read )?(?:all |more )?(?:posts|articles|stories) (?:by|from)"
    r"|(?:voir |lire )?(?:tous les |ses )?articles (?:de|par)|alle (?:beiträge|artikel) von"
    r"|authors?|auteure?s?|autor(?:in|es)?(?:/in)?|autore|written by|écrit par|rédigé par|posted by"
    r"|submitted by|publié par|by|par|por|von|(?-i:Di))"
    r"\s*:?\s+(?=\S)",
    re.IGNORECASE,
)
_ACCOUNT = re.compile(
    r"(?:wp[-_ ]?)?admin\w*|root|web-?master|wordpress|editor\d*|authors?|auteurs?"
    r"|user\s?\d*|test\w*"
    r"|unknown|anonyme|anonymous|guest|invité|null|none|undefined|n/?a|super ?user"
    r"|moderator|contributor"
    r"|.*(?:https?:|www\.|\.com\b|\.fr\b|\.org\b|\.net\b|@|\.php|\.html).*|\W*"
    r"|[a-z]+[._]?\d{2,}|\d+|(?=\S*\d)\S*_\S*"
    # What buttons and forms say where themes have put the author.
    r"|(?:.*\s)?(?:logged|log in|login|sign in|subscribe|submitted|artikel|empfehlen|drucken|teilen"
    r"|share|imprimer|envoyer|account|profile?|cookies?|newsletter|informationen|informations?"
    r"|kontakt|impressum)(?:\s.*)?"
    # A site's address is not a person's name.
    r"|[\w-]+(?:\.[\w-]+)*\.(?:[a-z]{2,3}|info|news|online|africa)"
    r"|(?-i:\w+ (?:De|Fr|Es|It|Ch|At|Be|Com|Net|Org|Info))",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"[\s,;|–—-]+(?:on|am|le|updated?|published|posted|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|lundi|mardi|mercredi|jeudi|vendredi|samedi"
    r"|dimanche)$",
    re.IGNORECASE,
)
# "Ann Lee Senior Washington Correspondent": an author's role, written after the name.
_POST = re.compile(
    r"(?:(?<=\s)|^)(?:(?:senior|chief|deputy|staff|executive|managing|associate|assistant|political"
    r"|science|health|business|sports?|news|technology|foreign|special|national|white house"
    r"|washington|AP|AFP|reuters|CNN|contributing|general|freelance)\s)*"
    r"(?:editor|writer|reporter|correspondent|columnist|contributor|producer)s?(?: in chief)?$",
    re.IGNORECASE,
)
_HANDLE = re.compile(r"\(?(?:\S+@\S+|(?<!\S)@\w+)\)?")
# How writers are reached, and the initials of those who edit an agency's report ("so/ask/kp").
_ACCOUNTS = re.compile(
    r"(?:(?:twitter|facebook|instagram|linkedin|courriel|e-?mail|x)\s?:?\s?@?\S+|@\w+|\S+@\S+)"
    r"|[a-z]{1,4}(?:/[a-z]{1,4}){1,4}",
    re.IGNORECASE,
)
_INITIALS = re.compile(r"(?:[A-ZÀ-ÖØ-Þ]\.[\s-]?){2,4}")
_PSEUDONYM = re.compile(r"[A-ZÀ-ÖØ-Þ][^\W\d_]{2,20}")
_WORD = re.compile(r"(?:[^\W\d_]\.?['’-]?)+\.?$")

# A person's name has two to six words.
_NAME_WORDS = range(2, 7)
# Characters.
_MAX_NAME = 60
_MIN_STRONG_WORDS = 2
# Shorter names of agencies count only in capitals.
_MIN_AGENCY_LENGTH = 4
_MAX_LISTED_NAME_WORDS = 4
# Characters.
_MAX_BYLINE = 160
_MAX_BYLINE_WORDS = 12
_MAX_INITIALS = 20
# Characters.
_MAX_ROLE = 60
_MAX_ROLE_WORDS = 5
# A letter and its full stop.
_INITIAL_LENGTH = 2


def is_person_name(text: str) -> bool:
    """Return whether `text` has the shape of one person's name."""
    words = text[:61].split()
    if len(words) not in _NAME_WORDS or len(text) > _MAX_NAME:
        return False
    if fold(words[0]).split("'")[0] in {"le", "la", "les", "the", "l"}:
        return False
    strong = [word for word in words if fold(word) not in _PARTICLES or word[:1].isupper()]
    return (
        len(strong) >= _MIN_STRONG_WORDS
        and strong[0] is words[0]
        and all(_is_name_word(word, known=fold(words[0]) in GIVEN_NAMES) for word in strong)
        and not all(len(word.strip(".")) == 1 for word in words)
    )


def author_from_fragment(text: str) -> str | None:
    """Return the author in a part of a byline: a person, an agency, the newsroom; or None."""
    bare = tidy(text).strip(" ,;:-–—*")
    if not re.search(r"\b[A-Z]\.$", bare):
        bare = bare.strip(" .")
    if not bare:
        return None
    if fold(bare) in _AGENCIES and bare.isupper() | (len(bare) >= _MIN_AGENCY_LENGTH):
        return _AGENCIES[fold(bare)]
    if _INITIALS.fullmatch(tidy(text)):
        return tidy(text)
    if _DESK.fullmatch(bare):
        return bare[0].upper() + bare[1:]
    return bare if is_person_name(bare) else None


def split_author_field(text: str) -> list[str]:
    """Return the names in a metadata field for authors, without accounts such as "admin"."""
    bare = _BUTTON.sub("", tidy(text[:_LONGEST]).strip())
    bare = _TAIL.sub("", _LABEL.sub("", bare)).strip(" ,;:-–—|")
    if not bare or _ACCOUNT.fullmatch(bare):
        return []
    names = [strip_job_title(name) for name in parse_byline(bare) or _listed(bare)]
    return [name for name in names if name and not _ACCOUNT.fullmatch(name)]


def is_account_name(name: str) -> bool:
    """Return whether a name is that of an account, a site or a button, and no person's."""
    return _ACCOUNT.fullmatch(name[:_LONGEST]) is not None


def strip_job_title(name: str) -> str:
    """Return a name without the job title after it; empty if there is nothing else."""
    bare = _POST.sub("", name[:_LONGEST]).strip(" ,;:-–—|")
    return _TAIL.sub("", bare if not bare or is_person_name(bare) else name)


def _listed(text: str) -> tuple[str, ...]:
    # In an author field, capitals suffice: not every name has a known shape.
    parts = [part for piece in _BETWEEN.split(text) if (part := piece.strip(" ,."))]
    if len(parts) <= 1 or not all(
        part[0].isupper() and len(part.split()) <= _MAX_LISTED_NAME_WORDS for part in parts
    ):
        return (text,)
    return tuple(part for part in parts if len(part.split()) > 1 or fold(part) in _AGENCIES)


def parse_byline(line: str) -> tuple[str, ...]:
    """Return the authors of a line that is only a byline; empty if it says more."""
    if len(line) > _LONGEST:
        return ()
    bare = _HANDLE.sub("", tidy(line)).strip("()[]*_ ")
    bare = _BUTTON.sub("", bare)
    cue = _CUE.match(bare)
    rest = bare[cue.end() :] if cue else bare
    if not rest or len(rest) > _MAX_BYLINE:
        return ()
    whole = author_from_fragment(rest) or (cue and _PSEUDONYM.fullmatch(rest) and rest)
    if whole:
        return (whole,)
    together = _signing_together(rest)
    if together:
        return together
    names = [_name_in(part) for part in _BETWEEN.split(rest) if part.strip()]
    known = tuple(dict.fromkeys(name for name in names if name))
    # With a cue one name suffices, and the rest may say where and for whom; without one, every
    # part must be a name or a role, else any list of proper nouns would be a byline.
    if cue or None not in names:
        return known
    return ()


def _signing_together(text: str) -> tuple[str, ...]:
    shared = _WITH_AGENCY.fullmatch(text)
    if shared and fold(shared["agency"]) in _AGENCIES and _is_paper(shared["paper"]):
        return (shared["paper"], _AGENCIES[fold(shared["agency"])])
    helped = _WITH_SOMEBODY.fullmatch(text)
    if helped and fold(helped["whom"]) not in _AGENCIES and is_person_name(helped["name"]):
        return (helped["name"],)
    return ()


def split_byline(paragraphs: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """Split off a first or last paragraph that is a byline; return the rest and the authors."""
    for at, needs_cue in ((-1, False), (0, True)):
        if len(paragraphs) <= 1 or count_words(paragraphs[at]) > _MAX_BYLINE_WORDS:
            continue
        names = parse_byline(paragraphs[at])
        if (
            names
            and not any(is_account_name(name) for name in names)
            and (has_byline_cue(paragraphs[at]) or not needs_cue)
        ):
            rest = paragraphs[:-1] if at else paragraphs[1:]
            return rest, names
    return paragraphs, ()


def has_byline_cue(line: str) -> bool:
    """Return whether a line starts with a cue such as "by"."""
    return len(line) <= _LONGEST and bool(_CUE.match(tidy(line).strip("()[]*_ ")))


def name_before_profession(line: str) -> str | None:
    """Return the name before a profession in lower case: "Rose Mbarga, urbaniste"."""
    name, comma, calling = tidy(line[:_LONGEST]).partition(", ")
    if not comma or not calling[:1].islower() or len(calling.split()) > _CALLING:
        return None
    return name if is_person_name(name) and not line.endswith((".", "!", "?", ":")) else None


def is_initials(line: str) -> bool:
    """Return whether a line consists of initials only."""
    return len(line) < _MAX_INITIALS and _INITIALS.fullmatch(tidy(line)) is not None


def is_author_note(line: str) -> bool:
    """Return whether a line below a name says where, or as what, the author works."""
    bare = tidy(line[:_LONGEST]).strip("()[]*_ ")
    return len(bare) <= _MAX_ROLE and bool(
        _ACCOUNTS.fullmatch(bare) or (len(bare.split()) <= _MAX_ROLE_WORDS and _ROLE.match(bare))
    )


def is_agency_or_newsroom(line: str) -> bool:
    """Return whether a line names an agency or the newsroom, which sign like persons."""
    bare = tidy(line[:_LONGEST]).strip("()[]*_ .")
    return fold(bare) in _AGENCIES or _DESK.fullmatch(bare) is not None


def is_publication_like(line: str) -> bool:
    """Return whether a line has words of publications, places or pages rather than of persons."""
    if len(line) > _LONGEST or is_person_name(line):
        return False
    words = re.split(r"[\s.\-]+", fold(line))
    return any(word.split("'")[-1] in _NOT_A_PERSON for word in words)


def _name_in(part: str) -> str | None:
    name = author_from_fragment(part)
    if name:
        return name
    left = _ROLE.sub("", part).strip(" -–—")
    name = author_from_fragment(left)
    if name or not left:
        return name or ""
    # "" marks a role, place or paper, which is neither a name nor an objection.
    return "" if _is_paper(part.strip()) else None


def _is_paper(text: str) -> bool:
    return bool(_PAPER.fullmatch(text)) or (is_publication_like(text) and text[:1].isupper())


def _is_name_word(word: str, *, known: bool) -> bool:
    core = re.sub(r"^[dlDLNnOM]['’](?=[^\W\d_])", "", word)
    if not core or not core[0].isupper() or not _WORD.match(word):
        return False
    folded = fold(core)
    # After a known given name even "Togo" is a surname.
    return (known or folded not in _NOT_A_PERSON) and (
        folded not in _PROSE or (len(core) == _INITIAL_LENGTH and core[1] == ".")
    )
