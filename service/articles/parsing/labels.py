"""The categories and tags of an article, and which of them names its section.

Sites put into one list what an article is about, where it stands on the front page, and where it
happened. A newsletter knows its own sections and files by them (`service.articles.placement`); this
is the guess for those who do not.
"""

from collections.abc import Iterable, Sequence

from service.articles.parsing.sanitise import html_to_text, unescape_again
from service.articles.sections import section_key

_MOST = 40
# What a blog calls the category of articles that have none.
_NO_SECTION = frozenset(
    {"non-classe", "non-categorise", "uncategorized", "uncategorised", "sans-categorie"}
)
# Positions on a page, and kinds of news; none of them is a subject.
_PLACES = frozenset(
    """
    a-la-une la-une une en-une a-l-une top-une headline headlines featured feature slider
    carousel breaking breaking-news flash flash-info flash-infos last-minute derniere-minute
    urgent top-news top-stories top-story news actu actus actualite actualites
    toute-l-actualite toutes-les-actualites infos info dernieres-nouvelles dernieres-infos
    latest latest-news recent accueil home homepage main focus zoom edito-une article
    articles post posts blog all tous toutes hot trending tendance tendances sticky
    important selection a-lire a-ne-pas-manquer must-read
    """.split()  # noqa: SIM905  A list of words is read and corrected as words.
)
_SECTIONS = frozenset(
    """
    politique politics economie economy business finance finances societe society social
    culture cultures sport sports football international monde world afrique africa
    continent sante health education enseignement environnement environment climat climate
    sciences science technologie technologies tech numerique digital justice securite
    security faits-divers crime opinion opinions tribune tribunes idees debats debat
    editorial edito editoriaux analyse analyses enquete enquetes reportage reportages
    interview interviews entretien entretiens portrait portraits dossier dossiers
    agriculture energie energy mines transport transports tourisme tourism voyage travel
    religion religions medias media people lifestyle mode arts art musique music cinema
    livres litterature histoire history local regions region national nation diplomatie
    defense armee elections emploi jeunesse femmes femme famille gastronomie cuisine auto
    automobile immobilier industrie commerce entreprises marches bourse gouvernance
    droits-humains migrations
    """.split()  # noqa: SIM905  A list of words is read and corrected as words.
)


def normalise_labels(told: Iterable[object]) -> tuple[str, ...]:
    """Return names as plain texts, in their order, each once; "A > B" and "A, B" are split."""
    names: dict[str, str] = {}
    for each in told:
        name = unescape_again(html_to_text(str(each or "")))[:200]
        for part in (name, *_parts(name)):
            key = section_key(part)
            if key and key not in _NO_SECTION:
                names.setdefault(key, part.strip())
            if len(names) >= _MOST:
                return tuple(names.values())
    return tuple(names.values())


def _parts(name: str) -> Sequence[str]:
    if "/" in name or " > " in name:
        return name.replace(" > ", "/").split("/")
    parts = name.split(", ")
    # "Arts, lettres et spectacles" is one name; in a list every name is capitalised.
    return parts if len(parts) > 1 and all(part[:1].isupper() for part in parts) else ()


def section_from_labels(categories: Sequence[str]) -> str | None:
    """Return the category that names the section: the first usual one, or the first subject."""
    keyed = [(section_key(name) or "", name) for name in categories]
    usual = (name for key, name in keyed if key in _SECTIONS)
    about = (name for key, name in keyed if key not in _PLACES)
    return next(usual, None) or next(about, None) or next(iter(categories), None)
