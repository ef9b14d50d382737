"""What comes of asking the generator for something."""

from dataclasses import dataclass
from pathlib import Path

from capnweb_gen.diagnostics import Diagnostic
from capnweb_gen.ir import Contract
from capnweb_gen.project import Change, Settings

__all__ = ["Checked", "Result", "Scaffold", "Stated"]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a run.

    Attributes:
        folders: those of the generated packages, in the order of the sources; none after errors.
        changed: the files that were written; empty if all were up to date.
        removed: those that are no longer generated, and were deleted.
        diagnostics: all that was found, in the order of the source.
    """

    folders: tuple[Path, ...]
    changed: tuple[Path, ...]
    removed: tuple[Path, ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def package(self) -> Path | None:
        """The folder of the first package; None after errors."""
        return self.folders[0] if self.folders else None


@dataclass(frozen=True, slots=True)
class Checked:
    """How files differ from what would be generated.

    Attributes:
        folders: those that were compared; none after errors.
        changes: what generating would do, or would refuse to do.
        diagnostics: all that was found, the changes included.
    """

    folders: tuple[Path, ...]
    changes: tuple[Change, ...]
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class Stated:
    """What a source states.

    Attributes:
        path: of the file.
        contract: what its interfaces lead to.
        package: the folder of the package that is generated from it.
        settings: how.
    """

    path: Path
    contract: Contract
    package: Path
    settings: Settings


@dataclass(frozen=True, slots=True)
class Scaffold:
    """What came of writing a first implementation.

    Attributes:
        path: of the file; None after errors.
        package: the folder of the package that it imports; None after errors.
        diagnostics: all that was found.
    """

    path: Path | None
    package: Path | None
    diagnostics: tuple[Diagnostic, ...]
