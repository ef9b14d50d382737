"""Re-exports what its modules define, some of it under another name."""

from fleet.client import Ship
from fleet.parts.engine import Engine as Motor
from fleet.server import Harbour

__all__ = ["Harbour", "Motor", "Ship"]
