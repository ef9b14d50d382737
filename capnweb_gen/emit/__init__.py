"""From view models to files."""

from capnweb_gen.emit.render import prepare_templates, render_package
from capnweb_gen.emit.write import write_package

__all__ = ["prepare_templates", "render_package", "write_package"]
