"""`crieur dkim`: keys that sign messages, and the DNS records that verify them."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from service.cli.output import print_json, print_json_lines, print_line
from service.config import load_settings
from service.delivery.messages.dkim import DkimKey
from service.delivery.messages.dkim_keys import create_dkim_key, load_dkim_keys
from service.delivery.messages.dkim_record import txt_record, zone_file_line
from service.kit.errors import OperationRefused

app = typer.Typer(no_args_is_help=True, help="Keys that sign messages, and their DNS records.")

AsJson = Annotated[bool, typer.Option("--json", help="JSON on stdout.")]


class KeyType(StrEnum):
    """What a key is made for: every receiver knows RSA, ed25519 is a fifth of the work."""

    RSA = "rsa"
    ED25519 = "ed25519"


@app.command("keygen")
def keygen(
    domain: Annotated[str, typer.Option(help="The domain of the sender's address.")],
    selector: Annotated[str, typer.Option(help="A name for this key, new for each one.")],
    out: Annotated[Path, typer.Option(help="The file to write the private key to.")],
    kind: Annotated[
        KeyType, typer.Option("--type", help="rsa (2048 bits) or ed25519.")
    ] = KeyType.RSA,
    json: AsJson = False,
) -> None:
    """Make a private key that only you may read, and print the DNS record to publish.

    Example: crieur dkim keygen --domain example.org --selector crieur2026 --out dkim.pem
    """
    key = create_dkim_key(out, domain=domain, selector=selector, is_rsa=kind is KeyType.RSA)
    setting = f"{key.domain}:{key.selector}:{out.absolute()}"
    if json:
        print_json({**_facts(key), "setting": setting})
        return
    print_line("Publish this record:")
    print(zone_file_line(key))
    print_line(f"Wait until DNS resolves it, then add {setting} to CRIEUR_DKIM_KEYS, restart the")
    print_line("workers, and run 'crieur doctor'.")


@app.command("show")
def show_keys(json: AsJson = False) -> None:
    """Print the DNS records of the keys in CRIEUR_DKIM_KEYS.

    Example: crieur dkim show
    """
    keys = load_dkim_keys(load_settings().dkim_keys).keys
    if not keys:
        raise OperationRefused("CRIEUR_DKIM_KEYS is not set: make a key with 'crieur dkim keygen'.")
    if json:
        print_json_lines(_facts(key) for key in keys)
        return
    for key in keys:
        print(zone_file_line(key))


def _facts(key: DkimKey) -> dict[str, str]:
    return {"name": key.name, "algorithm": key.algorithm, "record": txt_record(key)}
