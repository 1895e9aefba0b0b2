"""Where the demonstration plays: ports, settings, and the daemons that stand on them."""

import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from pydantic import SecretStr

from service.accounts import api_keys
from service.articles import find
from service.articles.feeds import poll, registry
from service.config import Settings, child_environment, load_settings
from service.devkit.demo.fixtures import MATIN
from service.devkit.ports import HOST, PortClaims
from service.devkit.processes import DaemonCommand
from service.kit.db import Session
from service.kit.errors import NotFound
from service.newsletters import catalogue
from service.newsletters.draft import NewsletterDraft

PORTS = (8080, 8081, 2525, 8082, 8025)
"""Preferred ports: web, inbox, its SMTP, the publisher's site, inbound."""

REMEMBERED = "ports"
"""File of the ports of the last start: links in messages that it sent lead there."""

KEY_NAME = "Local publisher of the demonstration"

_UNPRIVILEGED_PORTS = range(1024, 65536)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoEnvironment:
    """Everything with an address."""

    settings: Settings
    folder: Path
    web_port: int
    inbox_port: int
    smtp_port: int
    site_port: int
    publish_every: float

    @property
    def inbox_url(self) -> str:
        """The development inbox."""
        return f"http://localhost:{self.inbox_port}"

    @property
    def site_url(self) -> str:
        """The local publisher's site."""
        return f"http://localhost:{self.site_port}"

    def environment(self) -> dict[str, str]:
        """Return what a daemon reads of the scene's settings from its environment."""
        settings = self.settings
        return {
            "CRIEUR_DATA_DIR": str(self.folder),
            "CRIEUR_PUBLIC_URL": settings.public_url,
            "CRIEUR_LISTEN": settings.listen,
            "CRIEUR_PUBLICATION_NAME": settings.publication_name,
            "CRIEUR_SMTP_URL": settings.smtp_url[0].get_secret_value(),
            "CRIEUR_BOUNCE_DOMAIN": settings.bounce_domain,
            "CRIEUR_INBOUND_LISTEN": settings.inbound_listen,
            "CRIEUR_FETCH_ALLOW_PRIVATE": "true",
            "CRIEUR_TICK_SECONDS": str(settings.tick_seconds),
            "CRIEUR_LOG_JSON": "false",
        }

    def write_shell_settings(self) -> Path:
        """Write the settings as a file for a shell (`. settings.sh`), so that commands see them."""
        path = self.folder / "settings.sh"
        lines = [
            f"export {name}={shlex.quote(value)}\n" for name, value in self.environment().items()
        ]
        path.write_text("".join(lines), encoding="utf-8")
        return path

    def inbox(self) -> DaemonCommand:
        """Return the command that takes every message."""
        arguments = [
            *("--smtp-port", str(self.smtp_port), "--web-port", str(self.inbox_port)),
            *("--folder", str(self.folder / "inbox"), "--inbound", self.settings.inbound_listen),
        ]
        return _tool("inbox", "service.devkit.inbox", arguments, {})

    def publisher(self, *, api_key: str) -> DaemonCommand:
        """Return the command that plays the publisher's site."""
        arguments = [
            *("--port", str(self.site_port), "--folder", str(self.folder / "site")),
            *("--every", str(self.publish_every)),
            *(
                "--push",
                f"{self.settings.public_url}/api/v1/events/articles",
                "--push-language",
                "en",
            ),
        ]
        environment = {"PUBLISHER_KEY": api_key}
        return _tool("publisher", "service.devkit.publisher", arguments, environment)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoServers:
    """What a scene is set on: servers that run, and a secret of its own."""

    database_url: str
    redis_url: str
    secret: str
    folder: Path


def prepare_environment(
    ground: DemoServers, claims: PortClaims, *, publish_every: float, tick_seconds: float
) -> DemoEnvironment:
    """Claim free ports and make the settings of all daemons."""
    ports = _claim_ports(claims, ground.folder / REMEMBERED)
    web, inbox_port, smtp_port, site_port, inbound_port = ports
    settings = load_settings(
        database_url=SecretStr(ground.database_url),
        redis_url=SecretStr(ground.redis_url),
        secret_key=[SecretStr(ground.secret)],
        data_dir=ground.folder,
        public_url=f"http://localhost:{web}",
        listen=f"{HOST}:{web}",
        publication_name="Le Courrier du Golfe",
        smtp_url=[SecretStr(f"smtp://{HOST}:{smtp_port}?starttls=never")],
        bounce_domain="retours.golfe.example.org",
        inbound_listen=f"{HOST}:{inbound_port}",
        fetch_allow_private=True,
        tick_seconds=tick_seconds,
        log_json=False,
    )
    return DemoEnvironment(
        settings=settings,
        folder=ground.folder,
        web_port=web,
        inbox_port=inbox_port,
        smtp_port=smtp_port,
        site_port=site_port,
        publish_every=publish_every,
    )


def create_sample_data(
    session: Session, scene: DemoEnvironment, *, drafts: Sequence[NewsletterDraft], now: datetime
) -> tuple[str, bool]:
    """Create newsletters and feeds unless they are there.

    Returns a fresh API key for the publisher, and whether everything was new. French articles
    come by feeds, one a section; English ones by the publisher's events.
    """
    new = False
    for draft in drafts:
        try:
            newsletter = catalogue.get(session, draft.slug)
        except NotFound:
            newsletter = catalogue.create(session, draft, now=now)
            new = True
        # The site may have moved to another free port since the last start.
        if newsletter.site_url != scene.site_url:
            moved = replace(catalogue.draft_of(newsletter), site_url=scene.site_url)
            catalogue.edit(session, draft.slug, moved, now=now)
    _follow(session, scene, now=now)
    for key in api_keys.list_keys(session):
        if key.name == KEY_NAME and key.revoked_at is None:
            api_keys.revoke_key(session, key.id, now=now)
    return api_keys.create_key(
        session, name=KEY_NAME, scopes=[api_keys.ApiKeyScope.EVENTS], now=now
    ), new


def _claim_ports(claims: PortClaims, remembered: Path) -> list[int]:
    """Claim the ports of the last start, or the next free ones, and remember them."""
    try:
        last = [int(word) for word in remembered.read_text("ascii").split()]
    except (FileNotFoundError, ValueError):
        last = []
    preferred = last if _are_ports(last) else PORTS
    ports = [claims.claim(port) for port in preferred]
    remembered.write_text(" ".join(map(str, ports)), "ascii")
    return ports


def _are_ports(numbers: Sequence[int]) -> bool:
    return len(numbers) == len(PORTS) and all(each in _UNPRIVILEGED_PORTS for each in numbers)


def _follow(session: Session, scene: DemoEnvironment, *, now: datetime) -> None:
    newsletter = catalogue.get(session, MATIN.slug)
    known = {
        feed.section_key: feed for feed in find.list_feeds(session, newsletter_id=newsletter.id)
    }
    for section in newsletter.current_sections:
        url = f"{scene.site_url}/feed.xml?section={section.slug}"
        feed = known.get(section.slug)
        if feed is not None:
            moved = replace(registry.settings_of(feed), url=url)
            registry.edit(session, feed.id, moved, now=now)
            continue
        poll.add_feed(
            session,
            url,
            newsletter_id=newsletter.id,
            section_key=section.slug,
            every=poll.MIN_INTERVAL,
            now=now,
        )


def _tool(
    name: str, module: str, arguments: Sequence[str], changes: dict[str, str]
) -> DaemonCommand:
    return DaemonCommand(
        name=name,
        argv=[sys.executable, "-m", module, *arguments],
        env=child_environment(**changes),
    )
