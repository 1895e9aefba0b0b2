"""Who plays in the demonstration: two newsletters and some readers, all invented."""

from dataclasses import dataclass
from datetime import time, timedelta

from service.newsletters.draft import NewsletterDraft, SectionDraft

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoReader:
    """A reader, the newsletter they want and the sections they choose (none named: all)."""

    address: str
    newsletter: str
    sections: tuple[str, ...] = ()


MATIN = NewsletterDraft(
    slug="le-matin",
    name="Le Matin du Golfe",
    description="Chaque matin, l’essentiel de l’actualité ouest-africaine, rubrique par rubrique.",
    locale="fr",
    time_zone="Africa/Abidjan",
    sender_name="Le Matin du Golfe",
    sender_address="matin@golfe.example.org",
    reply_to="redaction@golfe.example.org",
    postal_address="Le Courrier du Golfe, 12 rue des Jardins, Abidjan",
    accent_colour="#9c1f2e",
    days=EVERY_DAY,
    times=(time(7),),
    sections=(
        SectionDraft(name="Politique"),
        SectionDraft(name="Économie"),
        SectionDraft(name="Continent"),
        SectionDraft(name="Culture"),
        SectionDraft(name="Sport"),
    ),
)

BRIEF = NewsletterDraft(
    slug="the-brief",
    name="The Gulf Brief",
    description="West African news in English, as it happens: a short digest every few minutes.",
    locale="en",
    time_zone="Africa/Abidjan",
    sender_name="The Gulf Brief",
    sender_address="brief@golfe.example.org",
    postal_address="Le Courrier du Golfe, 12 rue des Jardins, Abidjan",
    accent_colour="#0f5c63",
    valid_for=timedelta(hours=6),
    sections=(
        SectionDraft(name="Politics"),
        SectionDraft(name="Business"),
        SectionDraft(name="Africa"),
        SectionDraft(name="Culture"),
        SectionDraft(name="Sport"),
    ),
)

READERS = (
    DemoReader(address="aya@lecteurs.example.org", newsletter="le-matin"),
    DemoReader(
        address="kouame@lecteurs.example.org",
        newsletter="le-matin",
        sections=("continent", "economie"),
    ),
    DemoReader(address="fatou@lecteurs.example.org", newsletter="le-matin", sections=("culture",)),
    DemoReader(
        address="moussa@lecteurs.example.org",
        newsletter="le-matin",
        sections=("politique", "sport"),
    ),
    DemoReader(address="adjoa@readers.example.org", newsletter="the-brief"),
    DemoReader(address="kofi@readers.example.org", newsletter="the-brief", sections=("sport",)),
    DemoReader(
        address="ngozi@readers.example.org",
        newsletter="the-brief",
        sections=("politics", "business", "africa"),
    ),
    DemoReader(address="seydou@readers.example.org", newsletter="the-brief", sections=("culture",)),
)
