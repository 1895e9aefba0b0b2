"""The options that say which alerts a newsletter offers."""

from typing import Annotated, Any

import typer


def alert_changes(
    *,
    alerts: Annotated[
        bool | None,
        typer.Option(
            "--alerts/--no-alerts", help="Readers may choose alerts of what is breaking; or not."
        ),
    ] = None,
    alerts_per_day: Annotated[
        int | None,
        typer.Option(help="Alerts of the newsletter in a day; more wait for approval."),
    ] = None,
    alerts_per_reader: Annotated[
        int | None,
        typer.Option(help="Alerts that a reader gets in a day, from all newsletters."),
    ] = None,
    alerts_merge: Annotated[
        int | None,
        typer.Option(
            help="Minutes after an alert in which what is breaking goes into one more; 0 merges "
            "nothing."
        ),
    ] = None,
    repeat_alerts: Annotated[
        bool | None,
        typer.Option(
            "--repeat-alerts/--no-repeat-alerts",
            help="Digests repeat what their readers had as alerts; or leave it out.",
        ),
    ] = None,
) -> dict[str, Any]:
    """Return the fields of a draft that the options change."""
    found = {
        "offers_alerts": alerts,
        "alerts_per_day": alerts_per_day,
        "alerts_per_reader": alerts_per_reader,
        "alerts_merge_minutes": alerts_merge,
        "digests_repeat_alerts": repeat_alerts,
    }
    return {name: value for name, value in found.items() if value is not None}
