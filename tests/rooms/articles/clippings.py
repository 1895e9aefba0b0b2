# ruff: noqa: E501  Texts stand on one line each, as they are pasted.
"""Invented clippings, put together from parts that news sites print in many ways."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

ZONE = ZoneInfo("Africa/Porto-Novo")

SECTIONS = [
    "Continent", "CONTINENT", "Politique", "Économie", "Société", "Afrique de l’Ouest",
    "Faits divers", "Arts & Culture", "Sport", "Diaspora", "Sciences et technologies", "Monde",
]  # fmt: skip
TITLES = [
    "Bénin : les pêcheurs de Grand-Popo reprennent la mer",
    "Nigeria: deux semaines sans billets de banque",
    "Qui succédera au vieux chef de Kétou ?",
    "« Nous ne partirons pas », disent les mareyeuses de Lomé",
    "Le port de Cotonou s’agrandit",
    "Grève générale",
    "Mali – Une école sous la tente attire les enfants de tout le cercle de Mopti et d’ailleurs",
    "Élection du 25 février 2023 : ce qu’il faut savoir",
    '"Le vent a tourné" pour les planteurs d’anacarde',
    "Ghana’s cacao : le prix monte, les planteurs attendent",
    "Naufrage au large de Lomé",
    "Cedeao: un sommet, trois absents et une promesse!",
    "Publié à compte d’auteur, un roman de Parakou rafle le prix",
    "Mise à jour du fichier électoral : la commission demande un mois",
    "Les Éléphants qualifiés",
    "Coupe d’Afrique : le Togo s’incline 3-2",
]
LEDES = [
    "Les pirogues sont reparties mardi à l’aube.",
    "Trois présidents ont confirmé leur venue, a dit le porte-parole. La réunion durera deux jours.",
    "Un téléphone, un ngoni et beaucoup de patience",
    "Le « grand frère » nigérian ferme sa frontière, encore une fois…",
    "Faut-il partir ou rester ?",
]
PARAGRAPHS = [
    "Sur la plage de Grand-Popo, les filets sèchent de nouveau depuis le début de la semaine.",
    "« Nous avons cru ne jamais repartir », raconte le patron d’une pirogue de douze mètres.",
    "Le prix du poisson est redescendu. Une bassine coûte 4 500 francs CFA, contre 9 000 en janvier.",
    "Une colère qui monte",
    "Selon M. Adjovi, le préfet, « rien n’est décidé ».",
    "Les autorités promettent un fonds d’aide de 300 millions de francs CFA, mais aucune date n’a été donnée pour les premiers versements, qui dépendront d’un recensement mené quartier par quartier.",
    "Le 8 février 2023, le marché a fermé à 14 h 30.",
    "Publié le 8 février 2023, le rapport de la banque compte 93 millions de francs de pertes.",
    "- Un filet neuf coûte trente mille francs.",
    "Que faire ?",
    '"Personne ne viendra", dit-elle. "Personne."',
    "Pour l’heure, les deux camps campent sur leurs positions ; la médiation reprendra lundi.",
    "Par ailleurs, la mairie de Ouidah a fait repeindre la halle.",
    "Peter Obi",
    "Recevez-les comme des frères, a demandé l’imam aux fidèles.",
    "Il a plu.",
    "Le président sous pression",
    "Lundi 5 février : l’Assemblée vote",
    "Abonnez-vous au bulletin, conseille-t-elle aux mareyeuses.",
    "Suivre l’affaire coûte cher aux familles venues de Savalou.",
]
LAST = [
    "La météo marine annonce une semaine de mer calme.",
    "Affaire à suivre.",
    "« On verra bien », dit-il en riant.",
    "Le scrutin aura lieu samedi.",
    "La suite dépendra des pluies, des prêts et de la patience des femmes du marché, qui sont venues plus nombreuses que prévu à la réunion du comité.",
    "Les premiers résultats sont attendus pour le mois de mars…",
]
POINTERS = [
    "Togo : le port de pêche de Lomé rouvre ses portes",
    "Ghana: la saison ouvrira avec un mois de retard",
    "Les dix films à ne pas manquer cette semaine",
    "« Je reviendrai », promet le champion",
    "Pourquoi le pain coûte-t-il si cher ?",
    "Mariama Camara",
]
MARKS = [
    "A LIRE AUSSI: {}", "À LIRE AUSSI : {}", "Lire aussi : {}", "A lire aussi - {}", "LIRE AUSSI {}",
    "À lire aussi – {}", "A LIRE AUSSI\u00a0: {}", "READ ALSO: {}", "➤ À lire également : {}",
    "À LIRE AUSSI\n{}", "[A LIRE AUSSI] {}", "Lire également: {}", "À LIRE AUSSI :\n{}",
    "A LIRE AUSSI→ {}",
]  # fmt: skip
UPDATED: list[tuple[str, datetime | None]] = [
    ("", None),
    ("Mis à jour le 8 février 2023", datetime(2023, 2, 8, tzinfo=ZONE)),
    ("Mise à jour : 09.02.2023", datetime(2023, 2, 9, tzinfo=ZONE)),
    ("Modifié le 9 févr. 2023 à 8h05", datetime(2023, 2, 9, 8, 5, tzinfo=ZONE)),
    ("Mis à jour le 1er mars 2024", datetime(2024, 3, 1, tzinfo=ZONE)),
    ("Dernière mise à jour : jeudi 9 février 2023 à 17 h", datetime(2023, 2, 9, 17, tzinfo=ZONE)),
    ("Updated: 9 February 2023", datetime(2023, 2, 9, tzinfo=ZONE)),
    ("MIS À JOUR LE 8 FÉVRIER 2023", datetime(2023, 2, 8, tzinfo=ZONE)),
]
PUBLISHED: list[tuple[str, datetime | None]] = [
    ("", None),
    ("Publié le 08/02/2023 à 2:39 , , , , ,", datetime(2023, 2, 8, 2, 39, tzinfo=ZONE)),
    ("Publié le 08/02/2023 à 2:39 , Nigeria, billets,", datetime(2023, 2, 8, 2, 39, tzinfo=ZONE)),
    ("Publié le mercredi 8 février 2023 à 14 h 39", datetime(2023, 2, 8, 14, 39, tzinfo=ZONE)),
    ("Publié le 08/02/2023 14h39", datetime(2023, 2, 8, 14, 39, tzinfo=ZONE)),
    ("Publié le 08.02.2023", datetime(2023, 2, 8, tzinfo=ZONE)),
    ("Publié : 2023-02-08T14:39:00+01:00", datetime(2023, 2, 8, 14, 39, tzinfo=ZONE)),
    ("Published on 8 February 2023 at 2:39 am", datetime(2023, 2, 8, 2, 39, tzinfo=ZONE)),
    ("Le 8 février 2023 à 02h39", datetime(2023, 2, 8, 2, 39, tzinfo=ZONE)),
    ("PUBLIÉ LE 08/02/2023 À 02:39", datetime(2023, 2, 8, 2, 39, tzinfo=ZONE)),
    ("Publié le 8 février 2023 à 1:39 GMT", datetime(2023, 2, 8, 2, 39, tzinfo=ZONE)),
]
AUTHORS: list[tuple[str, tuple[str, ...]]] = [
    ("", ()),
    ("Rodrigue Ahouansou", ("Rodrigue Ahouansou",)),
    ("Par Awa Diop", ("Awa Diop",)),
    ("Sèna Ayédoun et Koffi Mensah", ("Sèna Ayédoun", "Koffi Mensah")),
    (
        "Awa Diop, Koffi Mensah et Carlos d’Almeida",
        ("Awa Diop", "Koffi Mensah", "Carlos d’Almeida"),
    ),
    ("La rédaction", ("La rédaction",)),
    ("Koffi Mensah (avec AFP)", ("Koffi Mensah", "AFP")),
    ("Avec AFP", ("AFP",)),
    ("Jean-Baptiste N’Guessan, à Lomé", ("Jean-Baptiste N’Guessan",)),
    ("KOSSI TOGO", ("KOSSI TOGO",)),
    ("E. Adjovi", ("E. Adjovi",)),
    ("Yawovi Agbéko Dossou-Yovo", ("Yawovi Agbéko Dossou-Yovo",)),
    ("Marie de Souza", ("Marie de Souza",)),
    ("Bagnon Zèhè", ("Bagnon Zèhè",)),
    ("Koffi Mensah pour Golfe Info", ("Koffi Mensah",)),
    ("Rédaction Afrique", ("Rédaction Afrique",)),
]
BETWEEN = [
    "Partager",
    "Facebook Twitter WhatsApp",
    "Temps de lecture : 3 min",
    "Des pirogues à Grand-Popo. © AFP",
    "Crédit photo : DR",
    "3 commentaires",
    "Tags : Bénin, pêche",
    "Écouter l’article",
    "Publicité",
    "Partager sur Facebook",
    ", , , ,",
]
LOGOS = [
    "", "Le Courrier du Golfe", "Sahel Matin", "Sahel Matin Sahel Matin", "Sahel Matin\nSahel Matin",
    "LA NATION LIBRE", "Kalangou", "Logo Kalangou", "L’Écho des Lagunes", "Bénin 24 TV", "Horizon Plus",
]  # fmt: skip
CALLS = [
    "", "Abonnez-vous à notre newsletter", "Recevez nos alertes gratuitement par e-mail",
    "Inscrivez-vous pour recevoir chaque matin l’essentiel de l’actualité du continent.",
    "Abonnez-vous", "Suivez-nous sur WhatsApp et Facebook", "Recevez l’actualité dans votre boîte mail",
    "Abonnez-vous à la newsletter de Sahel Matin pour ne rien manquer de l’actualité africaine !",
]  # fmt: skip
SLOGANS = [
    "", "L’information au plus près de vous", "L’Afrique qui avance.", "Toute l’info, tout de suite",
    "Parce que l’information est un bien commun", "© 2023 Sahel Matin – Tous droits réservés",
]  # fmt: skip


@dataclass(frozen=True)
class Clipping:
    """A text, and what a reader who knows the site would say that it holds."""

    text: str
    section: str | None
    title: str
    summary: str | None
    body: Sequence[str]
    authors: Sequence[str]
    published: datetime | None
    updated: datetime | None
    related: Sequence[str]


@st.composite
def clippings(draw: st.DrawFn) -> Clipping:
    """A clipping of the known shape, any of whose parts may be missing or differ."""
    section = draw(st.sampled_from(["", *SECTIONS]))
    title = draw(st.sampled_from([t for t in TITLES if section or len(t) > 20]))
    updated, updated_at = draw(st.sampled_from(UPDATED))
    published, published_at = draw(st.sampled_from(PUBLISHED))
    lede = draw(st.sampled_from(["", *LEDES]))
    body = [
        *draw(st.lists(st.sampled_from(PARAGRAPHS), max_size=6, unique=True)),
        draw(st.sampled_from(LAST)),
    ]
    if not lede:
        body.insert(0, PARAGRAPHS[0])
        body = list(dict.fromkeys(body))
    author, authors = draw(st.sampled_from(AUTHORS))
    furniture = [draw(st.sampled_from(part)) for part in (LOGOS, CALLS, SLOGANS)]
    if not any(furniture[:2]):
        furniture = ["", "", ""]
    pointers = draw(st.lists(st.sampled_from(POINTERS), max_size=3, unique=True))
    dates = [updated, published] if draw(st.booleans()) else [published, updated]
    top = [section, title, *dates]
    if draw(st.booleans()):
        top.append(title)
    text = [*body]
    for pointer in pointers:
        at = draw(st.integers(1, len(text)))
        text.insert(at, draw(st.sampled_from(MARKS)).format(pointer))
    parts = [*top, draw(_quoted(lede)) if lede else "", *text, author, *furniture]
    if draw(st.booleans()):
        # Furniture that may stand between the dates and the text.
        at = len(top) - 1 if top[-1] == title and len(top) > 4 else len(top)
        parts[at:at] = draw(st.lists(st.sampled_from(BETWEEN), max_size=3, unique=True))
    gap = draw(st.sampled_from(["\n", "\n\n", "\r\n\r\n", "\n \n\n", "\n\u00a0\n"]))
    whole = gap.join(part for part in parts if part)
    return Clipping(
        text=draw(st.sampled_from(["", "\ufeff", "\n\n"])) + whole,
        section=section or None,
        title=title,
        summary=lede or None,
        body=body,
        authors=authors,
        published=published_at,
        updated=updated_at,
        related=_in_order(whole, pointers, title),
    )


@st.composite
def _quoted(draw: st.DrawFn, lede: str) -> str:
    if draw(st.booleans()) and ". " in lede:
        # A long lede is often set in two paragraphs.
        lede = lede.replace(". ", ".\n\n", 1)
    styles = ["« {} »", "«{}»", "«\u00a0{}\u00a0»", "“{}”", "« {} » "]
    if "«" not in lede:
        styles.append('"{}"')
    return draw(st.sampled_from(styles)).format(lede)


def _in_order(text: str, pointers: Sequence[str], title: str) -> list[str]:
    return sorted((p for p in pointers if p != title), key=text.rindex)
