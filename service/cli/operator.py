"""`crieur operator`: who may use the console."""

import typer

from service.accounts import audit, one_time_links, operators
from service.accounts.operators import OperatorDetails
from service.accounts.roles import Role
from service.cli.output import print_json, print_line, print_table
from service.cli.runtime import open_runtime

app = typer.Typer(no_args_is_help=True)

JSON = typer.Option(False, "--json", help="JSON on stdout.")


@app.command("add")
def add_operator(
    address: str,
    name: str = typer.Option(..., help="How the console calls them."),
    role: Role = typer.Option(Role.EDITOR, help="What they may do."),
    json: bool = JSON,
) -> None:
    """Add an operator; the printed one-time link lets them choose a password.

    Example: crieur operator add awa@example.org --name "Awa Koné" --role editor
    """
    with open_runtime() as runtime, runtime.begin() as session:
        now = runtime.clock()
        operator = operators.add(session, address=address, name=name, role=role, now=now)
        secret = one_time_links.make_password_link(session, operator, now=now)
        audit.record(session, None, "operator.added", {"operator_id": operator.id}, now=now)
    _show_link(runtime.settings.public_url, operator, secret, json=json)


@app.command("list")
def list_operators(json: bool = JSON) -> None:
    """List operators.

    Example: crieur operator list --json
    """
    with open_runtime() as runtime, runtime.begin() as session:
        found = operators.list_operators(session)
    if json:
        print_json([_as_dict(each) for each in found])
    else:
        print_table(
            ["address", "name", "role", "since", "disabled"],
            [
                (
                    each.address,
                    each.name,
                    each.role,
                    f"{each.created_at:%Y-%m-%d}",
                    f"{each.disabled_at:%Y-%m-%d}" if each.disabled_at else "",
                )
                for each in found
            ],
        )


@app.command("link")
def create_link(address: str, json: bool = JSON) -> None:
    """Print a one-time link that lets an operator set a new password; older links stop working.

    Example: crieur operator link awa@example.org
    """
    with open_runtime() as runtime, runtime.begin() as session:
        now = runtime.clock()
        operator = operators.find_by_address(session, address)
        secret = one_time_links.make_password_link(session, operator, now=now)
        audit.record(session, None, "operator.link_made", {"operator_id": operator.id}, now=now)
    _show_link(runtime.settings.public_url, operator, secret, json=json)


@app.command("disable")
def disable_operator(address: str) -> None:
    """Disable an operator immediately; the last owner cannot be disabled.

    Their browsers are signed out; their one-time links and the API keys that they made end.

    Example: crieur operator disable awa@example.org
    """
    with open_runtime() as runtime, runtime.begin() as session:
        now = runtime.clock()
        operator = operators.find_by_address(session, address)
        ended = operators.disable(session, operator.id, now=now)
        facts = {"operator_id": operator.id, "keys": ended.keys}
        audit.record(session, None, "operator.disabled", facts, now=now)
    print_line(
        f"{operator.name} is disabled. Signed out: {ended.sessions}; keys revoked: {ended.keys}."
    )


@app.command("enable")
def enable_operator(address: str) -> None:
    """Let an operator in again, with the password they had; what ended stays ended.

    Example: crieur operator enable awa@example.org
    """
    with open_runtime() as runtime, runtime.begin() as session:
        now = runtime.clock()
        operator = operators.find_by_address(session, address)
        operators.enable(session, operator.id)
        audit.record(session, None, "operator.enabled", {"operator_id": operator.id}, now=now)
    print_line(f"{operator.name} may sign in again.")


def _show_link(public_url: str, operator: OperatorDetails, secret: str, *, json: bool) -> None:
    url = f"{public_url}/console/link/{secret}"
    if json:
        print_json({**_as_dict(operator), "link": url})
        return
    hours = int(one_time_links.VALID_FOR.total_seconds()) // 3600
    print_line(f"{operator.name} chooses a password here, once, within {hours} hours:")
    print_line(url)


def _as_dict(operator: OperatorDetails) -> dict[str, object]:
    return {
        "id": operator.id,
        "address": operator.address,
        "name": operator.name,
        "role": operator.role,
        "since": operator.created_at,
        "disabled": operator.disabled_at,
    }
