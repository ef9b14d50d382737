"""What a change of interfaces breaks: for peers that run, and for the source of clients."""

from capnweb_gen.breaking.compare import compare
from capnweb_gen.breaking.rules import RULES, Axis, Rule

__all__ = ["RULES", "Axis", "Rule", "compare"]
