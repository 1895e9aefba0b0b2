"""A digest to look at: three sections, with and without pictures, authors, addresses."""

from dataclasses import replace
from datetime import date
from typing import Any

from service.rendering.placeholder import make_placeholder
from service.rendering.render_edition import personalise
from service.rendering.views import ArticleView, Branding, DigestView, RelatedView, SectionView

PLACEHOLDER = make_placeholder()
PUBLIC_URL = "https://lettres.example"
SITE = "https://echo.example"


def a_letterhead(**changes: Any) -> Branding:
    branding = Branding(
        newsletter_name="Le Matin d’Abidjan",
        locale="fr",
        sender_name="L’Écho du Golfe",
        postal_address="12, boulevard de la République, Plateau, Abidjan",
        site_url=SITE,
        signup_url=f"{PUBLIC_URL}/n/matin",
    )
    return replace(branding, **changes)


def an_article_view(title: str, **changes: Any) -> ArticleView:
    article = ArticleView(title=title, url=f"{SITE}/a/{abs(hash(title))}", summary="Un résumé.")
    return replace(article, **changes)


def a_digest(**changes: Any) -> DigestView:
    view = DigestView(
        branding=a_letterhead(),
        edition_date=date(2023, 2, 6),
        web_url=f"{PUBLIC_URL}/e/abc",
        sections=(
            SectionView(
                name="Politique",
                slug="politique",
                bit=0,
                articles=(
                    an_article_view(
                        "Le budget adopté",
                        image_url=f"{SITE}/budget.jpg",
                        image_alt="L’hémicycle",
                        authors=("Awa Koné", "Yao N’Dri", "Fatou Diallo"),
                        published=date(2023, 2, 1),
                        related=(
                            RelatedView(title="Les communes inquiètes"),
                            RelatedView(title="Ce que dit la loi", url=f"{SITE}/loi"),
                        ),
                    ),
                    an_article_view("Le calendrier fixé", image_url=f"{SITE}/urne.jpg"),
                ),
            ),
            SectionView(
                name="Continent",
                slug="continent",
                bit=1,
                articles=(an_article_view("Sommet à Accra"),),
            ),
            SectionView(
                name="Culture",
                slug="culture",
                bit=2,
                articles=(an_article_view("Une coupure", url=None),),
            ),
        ),
    )
    return replace(view, **changes)


def a_personal_digest(**changes: Any) -> DigestView:
    return personalise(a_digest(**changes), PLACEHOLDER, public_url=PUBLIC_URL)
