"""View models -> text, by the templates. Nothing is decided here, nor in them."""

from functools import cache
from pathlib import Path
from symtable import symtable
from typing import TYPE_CHECKING

from capnweb_gen.plan import PackageView, ScaffoldView

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["prepare_templates", "render_package", "render_scaffold", "require_python"]


def prepare_templates() -> None:
    """Compile all templates, which takes a while, before they are needed."""
    templates = _templates()
    for name in templates.list_templates():
        templates.get_template(name)


def render_package(package: PackageView) -> dict[str, str]:
    """The files of a package: their names, and what is in them."""
    templates = _templates()
    files = {
        "__init__.py": templates.get_template("__init__.py.jinja").render(package=package),
        "client.py": templates.get_template("client.py.jinja").render(module=package.client),
        "server.py": templates.get_template("server.py.jinja").render(module=package.server),
    }
    if package.fake is not None:
        files["fake.py"] = templates.get_template("fake.py.jinja").render(module=package.fake)
    return {**files, "contract.json": package.contract}


def render_scaffold(scaffold: ScaffoldView) -> str:
    """The text of a first implementation."""
    return _templates().get_template("scaffold.py.jinja").render(scaffold=scaffold)


def require_python(name: str, text: str) -> None:
    """Check what is about to be written.

    It takes as long as all that is rendered: what is on disk already has been checked.

    Raises:
        SyntaxError: if a file that is called like a Python module is none, which is a bug of ours.
    """
    if name.endswith(".py"):
        symtable(text, name, "exec")  # as strict as compile(), in two thirds of its time


@cache
def _templates() -> "Environment":
    # A tenth of a second that whoever has made an error need not wait for.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415

    inside = Path(__file__).parents[1]
    # In a wheel they lie inside the package, in a checkout beside it.
    folders = [inside / "templates", inside.parent / "templates"]
    return Environment(
        loader=FileSystemLoader(folders),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 (this is Python, whose literals the planner escapes)
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        newline_sequence="\n",
    )
