"""The two id spaces of a session, as types of their own.

An import of one side is an export of the other, so the same number means two things. Here "import"
and "export" are always said from this side's view, as in the protocol's tables:

* `ImportId`: something of the peer's that this side may use. Positive where this side made it (the
  result of a push), negative where the peer did (an export of a stub or promise).
* `ExportId`: something of this side's that the peer may use, with the signs the other way round.

0 is in both: each side's main object.
"""

from typing import Final, NewType

__all__ = ["MAIN_EXPORT", "MAIN_IMPORT", "ExportId", "ImportId"]

ImportId = NewType("ImportId", int)
ExportId = NewType("ExportId", int)

MAIN_IMPORT: Final = ImportId(0)
MAIN_EXPORT: Final = ExportId(0)
