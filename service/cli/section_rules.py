"""`crieur newsletter rules`: which section an article goes to, and what goes nowhere."""

from datetime import timedelta
from typing import Annotated

import typer

from service.articles.placement import RuleField
from service.cli.id_argument import id_parser

app = typer.Typer(no_args_is_help=True, help="Rules that file articles in sections.")

Slug = Annotated[str, typer.Argument(metavar="NEWSLETTER", help="The newsletter's slug.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]


@app.command("list")
def list_rules(slug: Slug, as_json: AsJson = False) -> None:
    """List the rules in their order: the first that fits an article files it.

    Example: crieur newsletter rules list le-matin
    """
    from service.articles import section_rules
    from service.cli import output
    from service.cli.runtime import open_runtime
    from service.newsletters import catalogue

    with open_runtime() as runtime, runtime.begin() as session:
        found = section_rules.list_rules(session, catalogue.get(session, slug))
    if as_json:
        output.print_json_lines(
            {
                "id": each.id,
                "by": each.field.value,
                "pattern": each.pattern,
                "section": each.section,
                "breaking": each.is_breaking,
            }
            for each in found
        )
        return
    output.print_table(
        ["id", "by", "pattern", "section", "breaking"],
        [
            (
                each.id,
                each.field.value,
                each.pattern,
                each.section or ("(left out)" if each.places else "—"),
                "yes" if each.is_breaking else "no",
            )
            for each in found
        ],
    )


@app.command("add")
def add_rule(
    slug: Slug,
    by: Annotated[RuleField, typer.Argument(help="What the rule compares.")],
    pattern: Annotated[
        str, typer.Argument(help="A name, a feed's id, or a path such as /economie or /*/sport.")
    ],
    section: Annotated[str | None, typer.Option(help="File the articles here.")] = None,
    leave_out: Annotated[bool, typer.Option("--leave-out", help="Into no edition.")] = False,
    breaking: Annotated[
        bool, typer.Option("--breaking", help="What it matches makes an alert when it is new.")
    ] = False,
    place: Annotated[
        int | None, typer.Option(min=1, help="1 is asked first; last without it.")
    ] = None,
) -> None:
    """Add a rule; it holds from the next edition on, also for articles that came before.

    With --breaking, what is new from now on makes alerts; such a rule needs no section.

    Example: crieur newsletter rules add le-matin path /economie --section Économie
    """
    from service.accounts import audit
    from service.articles import section_rules
    from service.cli.runtime import open_runtime
    from service.kit.errors import Invalid
    from service.newsletters import catalogue

    if leave_out and (section is not None or breaking):
        raise Invalid("What is left out has no section, and makes no alert.")
    if section is None and not leave_out and not breaking:
        raise Invalid("Name where such articles go: --section NAME, or --leave-out.")
    with open_runtime() as runtime, runtime.begin() as session:
        newsletter = catalogue.get(session, slug)
        rule_id = section_rules.add_rule(
            session,
            newsletter,
            field=by,
            pattern=pattern,
            section=section,
            place=place,
            is_breaking=breaking,
        )
        facts = {"newsletter_id": newsletter.id, "rule_id": rule_id}
        audit.record(session, None, "newsletter.rule_added", facts, now=runtime.clock())
    print(f"Rule {rule_id} holds from the next edition on.")


@app.command("remove")
def remove_rule(
    slug: Slug,
    rule_id: Annotated[
        int,
        typer.Argument(
            metavar="ID",
            parser=id_parser("rule", "crieur newsletter rules list"),
            help="From 'rules list'.",
        ),
    ],
) -> None:
    """Remove a rule.

    Example: crieur newsletter rules remove le-matin 3
    """
    from service.accounts import audit
    from service.articles import section_rules
    from service.cli.runtime import open_runtime
    from service.newsletters import catalogue

    with open_runtime() as runtime, runtime.begin() as session:
        newsletter = catalogue.get(session, slug)
        section_rules.remove_rule(session, newsletter, rule_id)
        facts = {"newsletter_id": newsletter.id, "rule_id": rule_id}
        audit.record(session, None, "newsletter.rule_removed", facts, now=runtime.clock())
    print("Removed.")


@app.command("test")
def preview_rules(
    slug: Slug,
    days: Annotated[int, typer.Option(min=1, max=366, help="How many days to check.")] = 14,
    fallen: Annotated[bool, typer.Option("--fallen", help="Only what goes nowhere.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show where recent articles are filed and why, and what falls through.

    Example: crieur newsletter rules test le-matin --fallen
    """
    from service.articles import section_rules
    from service.cli import output
    from service.cli.runtime import open_runtime
    from service.newsletters import catalogue

    with open_runtime() as runtime, runtime.begin() as session:
        since = runtime.clock() - timedelta(days=days)
        previews = [
            each
            for each in section_rules.preview_placements(
                session, catalogue.get(session, slug), since=since, limit=2_000
            )
            if not fallen or each.placement.section is None
        ]
    if as_json:
        output.print_json_lines(
            {
                "id": each.article_id,
                "title": each.title,
                "section": each.placement.section,
                "why": each.placement.reason,
                "rule": each.placement.rule_id,
                "categories": each.categories,
                "tags": each.tags,
                "url": each.url,
                "authors": each.authors,
            }
            for each in previews
        )
        return
    output.print_table(
        ["id", "section", "why", "categories", "title"],
        [
            (
                each.article_id,
                each.placement.section or "—",
                each.placement.reason.replace("_", " ")
                + (f" {each.placement.rule_id}" if each.placement.rule_id else ""),
                ", ".join(each.categories) or each.section,
                each.title,
            )
            for each in previews
        ],
    )
