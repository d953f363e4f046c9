"""Distillation of the oracle into the student judge: a small network that needs no ideal edit.

recipe     the settings
examples   judged pairs in memory, drawn evenly over tasks and scores, and the batch of a step
loop       training, resuming, and the report on held-out photos
"""

from omniedit.train.student.loop import train_student
from omniedit.train.student.recipe import StudentRecipe

__all__ = ["StudentRecipe", "train_student"]
