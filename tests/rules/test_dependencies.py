"""What the product imports is what its package asks for."""

import re
import sys
import tomllib
from importlib.metadata import packages_distributions

from tests.rules.code import ROOT, imported_modules, modules

# Parts of a declared dependency that come as a package of their own.
COMES_WITH = {
    "starlette": "fastapi",
    "h11": "uvicorn",
    "pydantic-core": "pydantic",
    "httpcore2": "httpx2",
    "dnspython": "email-validator",
    "click": "typer",
    "cssutils": "premailer",
    "markupsafe": "jinja2",
}


def test_every_import_is_of_a_declared_dependency() -> None:
    """A package that happens to be there is gone with the next version of who brought it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    declared = {
        re.split(r"[\[><=~ ]", line)[0]
        for line in [*project["dependencies"], *project["optional-dependencies"]["embedded"]]
    }

    undeclared = {
        f"{place}: {package}"
        for package, place in _imported().items()
        if COMES_WITH.get(package, package) not in declared
    }
    assert undeclared == set()


def _imported() -> dict[str, str]:
    """The distributions that the product imports, each with one module that does."""
    providers = packages_distributions()
    found: dict[str, str] = {}
    for module in modules():
        packages = {name.partition(".")[0] for name in imported_modules(module.tree)}
        for name in packages - sys.stdlib_module_names - {"service", "workers"}:
            found[providers.get(name, [name])[0].lower().replace("_", "-")] = module.place
    return found
