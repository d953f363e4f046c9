"""Checks of a set of pairs before it is trained on: ``omniedit lint``, and the quick look of every training.

check          what a check is, and a finding
rows, files    a row and a shard as checks see them, whatever state they are in
words, scores, pictures, registration, direction, across      the checks
registry       all of them by name, with severity and advice
run            a set -> findings
fix            a new set with what is safe to repair repaired
"""

from omniedit.data.lint.check import Check, Finding
from omniedit.data.lint.fix import Repaired, fix
from omniedit.data.lint.registry import CHECKS
from omniedit.data.lint.run import demand_sound, lint, quick_lint

__all__ = ["CHECKS", "Check", "Finding", "Repaired", "demand_sound", "fix", "lint", "quick_lint"]
