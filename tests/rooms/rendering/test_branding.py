from dataclasses import replace

from service.editions.frozen import FrozenNewsletter
from service.rendering.branding import branding_from

NEWSLETTER = FrozenNewsletter(
    name="Le Matin : l’essentiel",
    slug="matin",
    locale="fr",
    time_zone="Africa/Abidjan",
    sender_name="L’Écho",
    sender_address="matin@echo.example",
    postal_address="12, rue des Jardins\n\nAbidjan",
    site_url="https://echo.example",
)
PUBLIC_URL = "https://lettres.example"


def test_names_are_typeset_and_the_address_keeps_its_lines() -> None:
    branding = branding_from(NEWSLETTER, public_url=PUBLIC_URL)

    assert branding.newsletter_name == "Le Matin\u00a0: l’essentiel"
    assert branding.postal_address == "12, rue des Jardins\nAbidjan"
    assert branding.signup_url == "https://lettres.example/n/matin"


def test_a_newsletter_without_a_site_links_to_its_sign_up_page() -> None:
    branding = branding_from(replace(NEWSLETTER, site_url=None), public_url=PUBLIC_URL)

    assert branding.site_url == branding.signup_url
