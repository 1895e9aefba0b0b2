"""The options that say which alerts a newsletter offers."""

from collections.abc import Mapping
from typing import Any

import typer

ALERTS = typer.Option(
    None, "--alerts/--no-alerts", help="Readers may choose alerts of what is breaking; or not."
)
ALERTS_PER_DAY = typer.Option(
    None, "--alerts-per-day", help="Alerts of the newsletter in a day; more wait for approval."
)
ALERTS_PER_READER = typer.Option(
    None, "--alerts-per-reader", help="Alerts that a reader gets in a day, from all newsletters."
)
ALERTS_MERGE = typer.Option(
    None,
    "--alerts-merge",
    help="Minutes after an alert in which what is breaking goes into one more; 0 merges nothing.",
)
REPEAT_ALERTS = typer.Option(
    None,
    "--repeat-alerts/--no-repeat-alerts",
    help="Digests repeat what their readers had as alerts; or leave it out.",
)


def alert_changes(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a draft that the options among a command's local names change."""
    found = {
        "offers_alerts": given["alerts"],
        "alerts_per_day": given["alerts_per_day"],
        "alerts_per_reader": given["alerts_per_reader"],
        "alerts_merge_minutes": given["alerts_merge_minutes"],
        "digests_repeat_alerts": given["digests_repeat_alerts"],
    }
    return {name: value for name, value in found.items() if value is not None}
