"""From view models to the text of files."""

from capnweb_gen.emit.render import (
    prepare_templates,
    render_package,
    render_scaffold,
    require_python,
)

__all__ = ["prepare_templates", "render_package", "render_scaffold", "require_python"]
