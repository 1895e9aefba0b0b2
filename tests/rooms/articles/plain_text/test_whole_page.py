"""Pages copied whole: their headline is found or asked for, and never silently wrong."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.articles.parsing.typography import fold
from service.articles.plain_text.clipping import parse_clipping
from service.kit.errors import OperationRefused

ZONE = ZoneInfo("Africa/Abidjan")
MENUS = {
    "fr": ["Aller au contenu", "Menu", "Accueil", "Politique", "Économie", "Sport", "Rechercher"],
    "en": ["Skip to content", "Menu", "Home", "Politics", "Business", "Sign in", "Search"],
    "pt": ["Ir para o conteúdo", "Menu", "Início", "Política", "Economia", "Entrar", "Pesquisar"],
    "ar": ["القائمة", "الرئيسية", "سياسة", "اقتصاد", "رياضة", "بحث"],
}
BANNERS = {
    "fr": "Nous utilisons des cookies pour améliorer votre visite. En continuant, vous acceptez.",
    "en": "We use cookies to improve your visit. By going on you accept our cookies.",
    "pt": "Nós utilizamos cookies para melhorar a sua visita ao nosso sítio.",
    "ar": "نستخدم ملفات تعريف الارتباط لتحسين تجربتك في هذا الموقع.",
}
ARTICLES = {
    "fr": (
        "Le marché de Bohicon rouvre après deux mois de travaux",
        "Publié le 08/02/2023 à 22:10",
        "Par Awa Koné",
        "Le marché de Bohicon a rouvert lundi matin, après deux mois de travaux de voirie.",
    ),
    "en": (
        "Bohicon market opens again after two months of works",
        "Published 8 February 2023 22:10",
        "By Awa Koné",
        "The market of Bohicon opened again on Monday, after two months of works on the roads.",
    ),
    "pt": (
        "Mercado de Bohicon reabre depois de dois meses de obras",
        "8 de fevereiro de 2023",
        "Por Awa Koné",
        "O mercado de Bohicon reabriu na segunda-feira, depois de dois meses de obras na estrada.",
    ),
    "ar": (
        "سوق بوهيكون يفتح أبوابه بعد شهرين من الأشغال",
        "8 فبراير 2023",
        "أوا كوني",
        "فتح سوق بوهيكون أبوابه من جديد يوم الاثنين بعد شهرين من أشغال الطرق في وسط المدينة.",
    ),
}
OTHERS = [
    "La campagne du coton commence sous la pluie",
    "Football : le derby de Parakou se joue dimanche",
    "Three ministers leave the cabinet in one week",
    "O porto de Lomé recebe um navio novo",
]
BELOW = ["Partager :", "Facebook", "WhatsApp", "Laisser un commentaire", "Articles récents"]


@st.composite
def pages(draw: st.DrawFn) -> tuple[str, str]:
    """Return the text of a whole page and its headline."""
    language = draw(st.sampled_from(sorted(ARTICLES)))
    title, date, author, prose = ARTICLES[language]
    top = [*MENUS[language]]
    draw(st.randoms(use_true_random=False)).shuffle(top)
    if draw(st.booleans()):
        top.insert(draw(st.integers(0, len(top))), BANNERS[language])
    listed = draw(st.lists(st.sampled_from(OTHERS), max_size=4, unique=True))
    if draw(st.booleans()) and listed:
        top.append("Les plus lus")
    top += [
        line for other in listed for line in [other, "7 février 2023"][: draw(st.integers(1, 2))]
    ]
    if draw(st.booleans()):
        top.append(f"Accueil » Politique » {title}")
    marks = draw(st.permutations([date, author]))[: draw(st.integers(0, 2))]
    before = draw(st.booleans())
    head = [*marks, title] if before else [title, *marks]
    paragraphs = [prose] * draw(st.integers(2, 5))
    below = [*BELOW, *OTHERS[: draw(st.integers(0, 3))]]
    gap = draw(st.sampled_from(["\n", "\n\n"]))
    return "\n".join(top) + "\n\n" + gap.join([*head, *paragraphs, *below]), title


def _headline(text: str) -> str | None:
    """Return the headline that is found, None when it is asked for."""
    try:
        return parse_clipping(text, zone=ZONE).title
    except OperationRefused as refused:
        if "--title" not in str(refused):
            raise
        return None


@given(pages())
def test_the_headline_of_a_page_copied_whole_is_right_or_asked_for(page: tuple[str, str]) -> None:
    text, title = page

    found = _headline(text)

    assert found is None or fold(found) == fold(title)


@given(pages())
def test_a_headline_that_is_told_is_taken(page: tuple[str, str]) -> None:
    text, title = page

    parsed = parse_clipping(text, zone=ZONE, title=title)

    assert parsed.title == title


def test_a_menu_above_a_dated_headline_does_not_hide_it() -> None:
    title, date, author, prose = ARTICLES["fr"]
    text = f"Le Kiosque 24\nMenu\nSport\n\n{title}\n\n{author}\n\n{date}\n"

    parsed = parse_clipping(f"{text}\n{prose}\n\n{prose} Encore.\n", zone=ZONE)

    assert (parsed.title, parsed.section, parsed.authors) == (title, "Sport", ("Awa Koné",))


def test_a_doubtful_headline_is_refused_with_its_candidates() -> None:
    prose = ARTICLES["fr"][3]
    text = "\n".join(["Accueil", "Menu", *OTHERS, "", prose, "", prose])

    with pytest.raises(OperationRefused, match="nothing was stored") as refused:
        parse_clipping(text, zone=ZONE)

    assert OTHERS[-1] in str(refused.value)


PORT = [
    "Le port de Kribi a reçu mardi deux grues géantes venues de Shanghai par la mer.",
    "Elles doivent doubler le nombre de conteneurs que le port décharge en une journée de travail.",
    "Les dockers craignent pour leurs emplois et demandent à la direction du port une formation.",
]
HEADLINE = "Le port de Kribi double ses grues"
CRANES = "Kribi : les dockers du port contre les grues"
MENU = ["Le Phare", "Accueil", "Politique", "Économie", "Sport", "Se connecter", "Rechercher"]
DAY = "Publié le 3 mars 2026 à 14:05"


def _page(*lines: str) -> str:
    return "\n".join([*MENU, "", *lines, "", "\n\n".join(PORT * 2), "", *BELOW])


@pytest.mark.parametrize(
    "between",
    [
        ["Par Awa Koné", DAY],
        ["Les grues ont été livrées dans la nuit de lundi à mardi.", "Par Awa Koné", DAY],
        [DAY, "Partager", "Facebook", "WhatsApp", "Les grues du port, mardi. © Le Phare"],
    ],
)
@pytest.mark.parametrize("above", [[], OTHERS[:2], [OTHERS[0], "7 février 2023", "Par Awa Koné"]])
def test_the_line_about_what_the_text_is_about_is_the_headline(
    above: list[str], between: list[str]
) -> None:
    text = _page(*above, "", HEADLINE, *between)

    assert _headline(text) == HEADLINE


def test_breadcrumbs_and_window_titles_settle_which_line_it_is() -> None:
    text = _page(f"{HEADLINE} | Le Phare", CRANES, "2 mars 2026", HEADLINE, DAY)

    assert _headline(text) == HEADLINE


@pytest.mark.parametrize(
    "lines",
    [
        # Two articles' headlines about the same thing, each with its date.
        [CRANES, "2 mars 2026", "", HEADLINE, DAY],
        [HEADLINE, DAY, "À lire aussi", CRANES, "2 mars 2026"],
        # The headline is a play of words, and the line below says what it is about.
        ["Géants de fer", "Le port de Kribi double ses grues venues de Shanghai", DAY],
        # A list of dated headlines, and the article's own below it has no date.
        [CRANES, "2 mars 2026", OTHERS[0], "1 mars 2026", "", "Deux grues et des craintes"],
        # The headline was broken in two.
        ["Le port de Kribi double ses grues et", "ses dockers craignent pour leurs emplois", DAY],
    ],
)
def test_what_could_be_one_of_two_lines_is_asked_for(lines: list[str]) -> None:
    assert _headline(_page(*lines)) is None


def test_the_best_guess_stands_first() -> None:
    text = _page("Géants de fer", HEADLINE, DAY)

    with pytest.raises(OperationRefused) as refused:
        parse_clipping(text, zone=ZONE)

    said = str(refused.value)
    assert 0 < said.index(HEADLINE) < said.index("Géants de fer")


@pytest.mark.parametrize("title", [None, HEADLINE])
def test_a_whole_page_keeps_only_its_article(title: str | None) -> None:
    text = "\n".join(
        [
            *MENU,
            "",
            HEADLINE,
            "Par Awa Koné",
            DAY,
            "Taille du texte",
            "Imprimer la page",
            *PORT[:1],
            f"Lire aussi : {CRANES}",
            "Une formation promise",
            *PORT[1:],
            "Awa Koné",
            "Recevez nos alertes gratuitement par e-mail",
            "3 commentaires",
            "Kossi A.",
            "3 mars 2026",
            "Ces grues vont prendre le travail de nos enfants, et personne ne dit rien ici.",
            "Répondre",
            *OTHERS,
            "Mentions légales",
            "Toute reproduction de nos articles est interdite sans l’accord écrit de la rédaction.",
        ]
    )

    parsed = parse_clipping(text, zone=ZONE, title=title)

    assert parsed.title == HEADLINE
    assert parsed.body == (PORT[0], "Une formation promise", *PORT[1:])
    assert parsed.authors == ("Awa Koné",)
    assert parsed.related == (CRANES,)
    assert parsed.published is not None


def test_many_short_lines_around_an_article_are_a_whole_page() -> None:
    boxes = ["Petit guide", "Nos villes", "Vos droits", "Le marché", "Auto moto"] * 4
    text = "\n".join(["Le Phare", *PORT, *boxes])

    assert _headline(text) is None
