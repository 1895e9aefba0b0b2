"""Items of feeds, as a site would list them."""

from datetime import datetime


def item(
    n: int, *, title: str = "", link: str = "", guid: str = "", at: datetime | None, more: str = ""
) -> str:
    date = f"<pubDate>{at:%a, %d %b %Y %H:%M:%S} +0000</pubDate>" if at else ""
    name = f'<guid isPermaLink="false">{guid}</guid>' if guid else ""
    return (
        f"<item><title>{title or f'Le marché numéro {n} ouvre'}</title><link>{link}</link>{name}"
        f"{date}<description>Texte {n}.</description>{more}</item>"
    )
