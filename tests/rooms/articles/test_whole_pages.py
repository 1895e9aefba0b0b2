"""Pages copied whole: their headline is found or asked for, and never silently wrong."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.articles.clipping import read_clipping
from service.articles.typography import fold
from service.kit.errors import Refused

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
    top = [*draw(st.permutations(MENUS[language]))]
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
        return read_clipping(text, zone=ZONE).title
    except Refused as refused:
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

    story = read_clipping(text, zone=ZONE, title=title)

    assert story.title == title


def test_a_menu_above_a_dated_headline_does_not_hide_it() -> None:
    title, date, author, prose = ARTICLES["fr"]
    text = f"Le Kiosque 24\nMenu\nSport\n\n{title}\n\n{author}\n\n{date}\n"

    story = read_clipping(f"{text}\n{prose}\n\n{prose} Encore.\n", zone=ZONE)

    assert (story.title, story.section, story.authors) == (title, "Sport", ("Awa Koné",))


def test_a_doubtful_headline_is_refused_with_its_candidates() -> None:
    prose = ARTICLES["fr"][3]
    text = "\n".join(["Accueil", "Menu", *OTHERS, "", prose, "", prose])

    with pytest.raises(Refused, match="nothing was stored") as refused:
        read_clipping(text, zone=ZONE)

    assert OTHERS[-1] in str(refused.value)
