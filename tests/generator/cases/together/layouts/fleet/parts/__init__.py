"""Defines nothing itself."""

from fleet.parts.engine import Engine, Fuel

__all__ = ["Engine", "Fuel"]
