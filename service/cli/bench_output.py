"""How `crieur bench` shows its figures to people; with --json it prints them as they are."""

from collections.abc import Mapping
from typing import Any

from service.cli.output import print_line, print_table

NAMES = {"crieur": "Crieur", "aiosmtplib": "aiosmtplib.sendmail", "smtp_source": "smtp-source -d"}


def show_send(figures: Mapping[str, Any]) -> None:
    """Show the rates of all senders, and what a message has cost."""
    print_table(
        ["", "messages/s", "Crieur is", "CPU µs per message"],
        [
            (
                NAMES[name],
                f"{figures[name]['rate']:,.0f}",
                _times(figures["ratio"].get(name)),
                ", ".join(f"{who} {us:,.0f}" for who, us in figures[name]["cpu_us"].items()),
            )
            for name in NAMES
            if figures[name]
        ],
    )
    ours = figures["crieur"]
    print_line(
        f"{figures['bytes']:,} bytes a mail, {ours['connections']} connections seen, "
        f"{ours['enrolment_rows']:,} readers/s prepared, "
        f"a worker’s memory at most {ours['worker_peak_mb'] or '?'} MB."
    )
    if figures["sound"]:
        print_line("Every message is in the sink and in the ledger, and the ledger balances.")


def show_enrolment(figures: Mapping[str, Any]) -> None:
    """Show how fast an audience was written."""
    print_line(f"{figures['recipients']:,} readers at {figures['rate']:,} a second.")


def show_choices(figures: Mapping[str, Any]) -> None:
    """Show how soon an edition of many choices went out."""
    print_line(
        f"{figures['choices']} choices of {figures['sections']} sections, "
        f"{figures['recipients']:,} readers: first mail after {figures['first_mail_s']} s, "
        f"all after {figures['sent_s']} s, a worker’s memory at most "
        f"{figures['worker_peak_mb'] or '?'} MB."
    )


def show_alerts(figures: Mapping[str, Any]) -> None:
    """Show how soon alerts were accepted, and where the time went."""
    rows = [
        (name, *(f"{figures[key][each]:.3f} s" for each in ("p50", "p95", "max")))
        for name, key in (
            ("first accepted", "first_accepted_s"),
            ("all accepted", "all_accepted_s"),
        )
    ]
    print_table(["from the event", "p50", "p95", "longest"], rows)
    steps = ", ".join(f"{name} {seconds}" for name, seconds in figures["steps_s"].items())
    print_line(f"{figures['runs']} alerts to {figures['recipients']:,} readers; medians: {steps}.")


def show_ingest(figures: Mapping[str, Any]) -> None:
    """Show how fast articles came in."""
    parts = ", ".join(f"{name} {seconds} s" for name, seconds in figures["seconds"].items())
    print_line(
        f"{figures['items']:,} articles of {figures['feeds']:,} feeds, {figures['rate']:,} a "
        f"second ({parts}); polled again, {figures['again_rate']:,} a second."
    )


def show_selection(figures: Mapping[str, Any]) -> None:
    """Show how fast articles are chosen."""
    steps = ", ".join(
        f"{name} {seconds} s, {figures['cpu_seconds'][name]} s of our CPU"
        for name, seconds in figures["seconds"].items()
    )
    print_line(
        f"{figures['chosen']} of {figures['articles']:,} articles in {figures['sections']} "
        f"sections, {figures['frozen_s']} s from the slot to the freeze ({steps})."
    )


def show_sink(figures: Mapping[str, Any]) -> None:
    """Show what the sink can take."""
    cost = f" for {figures['cpu_us']} µs of its CPU each" if figures["cpu_us"] else ""
    print_line(
        f"The sink takes {figures['rate']:,} messages of {figures['size']:,} bytes a second{cost}."
    )


def show_suite(figures: Mapping[str, Any]) -> None:
    """Show everything that was measured, a line each."""
    columns = ["", "messages/s", "× aiosmtplib", "× smtp-source", "worker µs", "MB"]
    print_table(
        columns,
        [
            (
                name,
                f"{found['crieur']['rate']:,.0f}",
                _times(found["ratio"]["aiosmtplib"]),
                _times(found["ratio"]["smtp_source"]),
                found["crieur"]["cpu_us"].get("worker"),
                found["crieur"]["worker_peak_mb"],
            )
            for name, found in figures["sends"].items()
        ],
    )
    for found in figures["choices"].values():
        show_choices(found)
    show_alerts(figures["alert"])
    show_enrolment(figures["enrolment"])
    show_ingest(figures["ingest"])
    show_selection(figures["selection"])
    show_sink(figures["sink"])


def _times(ratio: float | None) -> str:
    return f"{ratio:.2f} ×" if ratio is not None else ""
