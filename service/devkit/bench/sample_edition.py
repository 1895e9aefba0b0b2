"""An edition whose mail has the size that was asked for.

Its articles are ordinary ones. How many there are, and how long their summaries, is found by
looking at finished messages; there is no other padding.
"""

import time
from dataclasses import dataclass, replace
from datetime import timedelta

from service.articles import ingest
from service.articles.parsed_article import ParsedArticle
from service.boot import Runtime
from service.delivery import composer
from service.delivery.messages.mail_identity import MailIdentity
from service.delivery.workflow import advance
from service.editions import build, plan
from service.kit.db import Session
from service.kit.errors import Conflict, Invalid
from service.newsletters import catalogue
from service.newsletters.draft import NewsletterDraft, SectionDraft

SECTIONS = ("Politique", "Économie", "Continent", "Culture", "Sport")
DRAFT = NewsletterDraft(
    slug="bench",
    name="Le Matin du Golfe",
    sender_name="Le Matin du Golfe",
    sender_address="matin@bench.example.org",
    reply_to="redaction@bench.example.org",
    postal_address="Le Courrier du Golfe, 12 rue des Jardins, Abidjan",
    site_url="https://courrier.example.org",
    sections=tuple(SectionDraft(name=name) for name in SECTIONS),
    articles_per_section=40,
)
WARM_UP = replace(DRAFT, slug="warm-up", sections=(SectionDraft(name="Avant-première"),))
WORDS = (
    "Le gouvernement présente son budget et les communes attendent la route du nord ; "
    "l’assemblée en débat jeudi, les producteurs de cacao demandent un prix stable. "
)
FEW, MANY = 2, 6
SMALLEST, LARGEST = 16, 90
"""Kilobytes: below, a digest has no room for articles; above, Gmail clips it."""
SHORTEST, LONGEST = 100, 380
"""Letters of a summary; a digest cuts longer ones."""
NEAR = 120
TRIES = 12
A_MOMENT = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestSize:
    """How many articles there are, and how many letters their summaries have together."""

    articles: int
    letters: int

    def summaries(self) -> list[str]:
        """Return a summary for each article, the first ones longer."""
        left = self.letters - SHORTEST * self.articles
        lengths = [
            SHORTEST + min(max(left - index * (LONGEST - SHORTEST), 0), LONGEST - SHORTEST)
            for index in range(self.articles)
        ]
        return [(WORDS * 4)[:length] for length in lengths]


def check_size(kilobytes: int) -> None:
    """Raise Invalid for a size that no digest has."""
    if not SMALLEST <= kilobytes <= LARGEST:
        raise Invalid(f"A digest has between {SMALLEST} and {LARGEST} KB: choose such a --size.")


class EditionFactory:
    """Makes one edition after the other of one newsletter."""

    def __init__(self, runtime: Runtime, draft: NewsletterDraft = DRAFT) -> None:
        """Create the newsletter; no other one may have a section of the same name."""
        self._runtime = runtime
        self._draft = draft
        self._editions = 0
        with runtime.begin() as session:
            self.newsletter_id = catalogue.create(session, draft, now=runtime.clock()).id

    def find_shape(self, size: int) -> DigestSize:
        """Return the shape whose mail is nearest to `size` bytes."""
        few, many = (len(self.sample(DigestSize(articles=n, letters=0))) for n in (FEW, MANY))
        article = (many - few) / (MANY - FEW)
        count = max(1, int((size - few) / article) + FEW)
        shape = DigestSize(articles=count, letters=SHORTEST * count)
        low, high = shape.letters, LONGEST * count
        for _ in range(TRIES):
            missing = size - len(self.sample(shape))
            if abs(missing) <= NEAR:
                break
            low, high = (shape.letters, high) if missing > 0 else (low, shape.letters)
            shape = DigestSize(articles=count, letters=(low + high) // 2)
        return shape

    def sample(self, shape: DigestSize) -> bytes:
        """Return a mail of this shape; nothing is stored."""
        settings = self._runtime.settings
        mail_identity = MailIdentity(
            public_url=settings.public_url, bounce_domain=settings.bounce_domain
        )
        with self._runtime.begin() as session:
            edition_id = self._plan(session, shape)
            now = self._runtime.clock()
            build.select_articles(session, edition_id, now=now)
            mail = composer.preview_message(
                session, edition_id, settings=mail_identity, address=None, now=now
            )
            session.rollback()
        return mail

    def print(self, shape: DigestSize) -> int:
        """Make an edition that is ready to be sent; return its id.

        Its job message waits in the outbox until a scheduler runs.
        """
        runtime = self._runtime
        with runtime.begin() as session:
            edition_id = self._plan(session, shape)
        advance.advance_edition(
            runtime.begin,
            edition_id,
            clock=runtime.clock,
            public_url=runtime.settings.public_url,
        )
        return edition_id

    def announce(self, shape: DigestSize) -> int:
        """Plan an edition and enqueue its job; return its id. Workers do the rest."""
        with self._runtime.begin() as session:
            return self._plan(session, shape)

    def _plan(self, session: Session, shape: DigestSize) -> int:
        self._editions += 1
        stories = [self._story(index, summary) for index, summary in enumerate(shape.summaries())]
        # Windows end before now: what an edition is to carry was seen a moment ago.
        seen = self._runtime.clock() - timedelta(seconds=1)
        ingest.upsert_all(session, stories, kind=ingest.ArticleKind.EVENT, now=seen)
        while True:
            try:
                planned = plan.plan_now(session, self.newsletter_id, now=self._runtime.clock())
            except Conflict:
                # A newsletter has one edition a second, at most.
                time.sleep(A_MOMENT)
            else:
                return planned.id

    def _story(self, index: int, summary: str) -> ParsedArticle:
        name = f"{self._draft.slug}-{self._editions:04}-{index:03}"
        return ParsedArticle(
            title=f"Budget, routes et cacao : ce que dit la session {name}",
            section=self._draft.sections[index % len(self._draft.sections)].name,
            summary=summary,
            authors=("Aya Kouassi",),
            published=self._runtime.clock(),
            url=f"https://courrier.example.org/articles/{name}",
            language="fr",
            image_url=f"https://courrier.example.org/images/{name}.jpg",
            image_alt="La route du nord",
        )
