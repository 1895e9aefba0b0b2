"""Where an article ends and the site's furniture begins, and who signs."""

from zoneinfo import ZoneInfo

import pytest

from service.articles.plain_text.clipping import parse_clipping

ZONE = ZoneInfo("Africa/Porto-Novo")
TOP = [
    "Continent",
    "Nigeria : la pénurie d'essence paralyse Lagos",
    "Mis à jour le 8 février 2023",
    "Publié le 08/02/2023 à 2:39 , , , , ,",
    "\"À la veille du scrutin, l'essence manque.",
    "Les files s'étirent sur des kilomètres.\"",
    "Depuis lundi, les conducteurs dorment dans leurs voitures.",
    "A LIRE AUSSI: Ghana: l'inflation ralentit enfin",
    "Le gouvernement promet des livraisons.",
    "Une réunion de crise est prévue vendredi.",
]
EDWIGE = ("Edwige Hounsou",)
BIO = (
    "Edwige Hounsou est journaliste à Lagos. Elle suit le marché du pétrole depuis vingt ans et a "
    "publié deux livres sur les ports du golfe de Guinée et leurs dockers."
)
LONG_CALL = (
    "Vous souhaitez recevoir notre sélection ? Choisissez vos rubriques, nous nous occupons du "
    "reste chaque matin à sept heures précises, sans publicité ni revente de données."
)
ENDS = [
    (EDWIGE, ["Edwige Hounsou"]),
    (
        EDWIGE,
        ["Edwige Hounsou", "Le Phare Info", "Restez connecté", "Votre email", "OK"],
    ),
    (EDWIGE, ["Edwige Hounsou", "Newsletter", "Je m’inscris", "Le Phare, l’info qui éclaire"]),
    (EDWIGE, ["Edwige Hounsou", "Phare24", "Rejoignez nos 20 000 abonnés", "Une lumière"]),
    (EDWIGE, ["Edwige Hounsou", "Abonnez-vous", "Sahel Matin", "L'Afrique en marche."]),
    (EDWIGE, ["Edwige Hounsou", "Le Phare", "Le Phare", "Recevez le Phare tous les matins"]),
    (EDWIGE, ["Edwige Hounsou", "Kalangou", "Toute l’Afrique dans votre poche", "Penser, dire."]),
    (EDWIGE, ["Edwige Hounsou", "Diaspora Vive", "Penser, dire, comprendre le continent."]),
    (EDWIGE, ["Edwige Hounsou, correspondante à Lagos", "LePhare.info", "Abonnez-vous"]),
    (EDWIGE, ["Edwige Hounsou / Le Phare", "Le Phare", "Abonnez-vous"]),
    (EDWIGE, ["Edwige Hounsou avec agences", "Le Phare", "Abonnez-vous à nos alertes"]),
    (EDWIGE, ["Edwige Hounsou (e.hounsou@phare.example)", "Le Phare", "Abonnez-vous"]),
    (EDWIGE, ["— Edwige Hounsou —", "* * *", "Gbêtché", "Abonnez-vous !"]),
    (
        EDWIGE,
        [
            "Edwige Hounsou",
            BIO,
            "Le Phare",
            "Abonnez-vous",
        ],
    ),
    (
        EDWIGE,
        [
            "Edwige Hounsou",
            "La Nation Plus",
            LONG_CALL,
            "Informer, c’est servir.",
        ],
    ),
    (("Edwige HOUNSOU", "Paul TOSSOU"), ["Edwige HOUNSOU & Paul TOSSOU", "Le Phare"]),
    (("Edwige Hounsou", "Paul Tossou"), ["Edwige Hounsou", "Paul Tossou", "Le Phare Info"]),
    (("Edwige Hounsou", "AFP"), ["Edwige Hounsou", "Avec AFP", "Le Phare Info", "Abonnez-vous"]),
    (("E. H.",), ["E. H.", "Le Phare Quotidien", "Abonnez-vous à nos alertes"]),
    (("Reuters",), ["Avec Reuters", "Phare", "S’inscrire à la lettre", "Voir clair"]),
    ((), ["Le Phare", "Abonnez-vous à nos alertes", "Éclairer, informer, relier."]),
    ((), ["Sahel Matin - Abonnez-vous à notre newsletter - L’info qui compte"]),
    ((), []),
]


@pytest.mark.parametrize("gap", ["\n", "\n\n"], ids=["dense", "airy"])
@pytest.mark.parametrize(("authors", "end"), ENDS, ids=[" · ".join(e)[:60] for _, e in ENDS])
def test_the_text_ends_where_the_site_begins(
    authors: tuple[str, ...], end: list[str], gap: str
) -> None:
    parsed = parse_clipping(gap.join([*TOP, *end]), zone=ZONE)

    assert parsed.authors == authors
    assert parsed.body == (TOP[6], TOP[8], TOP[9])
    assert parsed.summary.endswith("kilomètres.")
    assert parsed.related == ("Ghana: l'inflation ralentit enfin",)


def test_a_call_inside_the_article_does_not_end_it() -> None:
    lines = [
        *TOP[:-1],
        "Abonnez-vous à notre chaîne WhatsApp",
        TOP[-1],
        "Sahel Matin",
        "Abonnez-vous",
    ]

    parsed = parse_clipping("\n\n".join(lines), zone=ZONE)

    assert parsed.body == (TOP[6], TOP[8], TOP[9])


def test_a_name_as_a_subheading_signs_nothing() -> None:
    lines = [*TOP[:8], "Peter Obi", *TOP[8:], "Edwige Hounsou", "Le Phare", "Abonnez-vous"]

    parsed = parse_clipping("\n\n".join(lines), zone=ZONE)

    assert parsed.authors == EDWIGE
    assert "Peter Obi" in parsed.body


def test_a_logo_above_the_section_is_not_the_section() -> None:
    lines = ["Sahel Matin", *TOP, "Edwige Hounsou", "Sahel Matin", "Abonnez-vous"]

    parsed = parse_clipping("\n\n".join(lines), zone=ZONE)

    assert (parsed.section, parsed.title) == ("Continent", TOP[1])


def test_the_window_titles_site_name_is_cut_off() -> None:
    lines = [TOP[0], f"{TOP[1]} | Sahel Matin", *TOP[2:], "Sahel Matin", "Abonnez-vous"]

    parsed = parse_clipping("\n\n".join(lines), zone=ZONE)

    assert parsed.title == TOP[1]


def test_an_address_alone_on_a_line_is_the_articles() -> None:
    lines = ["https://phare.example/continent/essence", *TOP]

    parsed = parse_clipping("\n\n".join(lines), zone=ZONE)

    assert parsed.url == "https://phare.example/continent/essence"
    assert parsed.section == "Continent"


@pytest.mark.parametrize(
    ("section", "title"),
    [
        ("Continent", "Bola Tinubu"),
        ("À la une", "Nigéria vote"),
        ("CAN 2024", "Qui est Bola Tinubu ?"),
        ("Vie pratique : santé", "Nigeria : pénurie d’essence"),
        ("Culture", "Lire aussi, un festival pour les enfants de Thiès"),
    ],
)
def test_odd_sections_and_headlines_are_told_apart(section: str, title: str) -> None:
    parsed = parse_clipping("\n\n".join([section, title, *TOP[2:], "Edwige Hounsou"]), zone=ZONE)

    assert (parsed.section, parsed.title) == (section, title)
    assert parsed.authors == EDWIGE


HEADED = [
    ("Edwige Hounsou, urbaniste", ["Edwige Hounsou"]),
    ("Edwige Hounsou\nCorrespondante à Lagos", ["Edwige Hounsou"]),
    ("Edwige Hounsou et Awa Diop", ["Edwige Hounsou", "Awa Diop"]),
    ("La Rédaction", ["La Rédaction"]),
    ("(AIP)\nso/ask/kp", ["AIP"]),
    ("E.H.", ["E.H."]),
    ("Edwige H. avec Sercom", ["Edwige H."]),
]
PROSE = "Les conducteurs dorment dans leurs voitures devant les pompes, depuis lundi déjà."


@pytest.mark.parametrize(("line", "authors"), HEADED)
@pytest.mark.parametrize("date", ["Publié le 8 février 2023", "Publié le 8 février à 02:39"])
def test_who_signs_below_the_dates(line: str, authors: list[str], date: str) -> None:
    text = f"Continent\n\nNigeria : la pénurie d'essence dure\n\n{date}\n\n{line}\n\n{PROSE}"

    parsed = parse_clipping(f"{text}\n\n{PROSE.replace('lundi', 'hier')}", zone=ZONE)

    assert list(parsed.authors) == authors
    assert len(parsed.body) == 2


@pytest.mark.parametrize(
    "line",
    [
        "Réservé aux abonnés",
        "SALIF OUATTRA/AFP",
        "8 février 2023 0 commentaire",
        "E.H.\n\nPublicité",
    ],
)
def test_lines_between_paragraphs_that_are_no_text(line: str) -> None:
    text = f"Continent\n\nNigeria : la pénurie d'essence dure\n\n8 février 2023 à midi\n\n{PROSE}"

    parsed = parse_clipping(f"{text}\n\n{line}\n\n{PROSE.replace('lundi', 'hier')}", zone=ZONE)

    assert len(parsed.body) == 2
    assert f"{parsed.published:%d %H:%M}" == "08 12:00"
