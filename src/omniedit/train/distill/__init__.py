"""Distillation of a judge, as in the paper (arXiv 2411.07199, section 3.3): a teacher's verdicts teach an open model.

recipe     the settings
dataset    judged pairs -> a balanced chat set, its photos divided between training and validation
lora       the chat set -> an adapter and its card, which ``LocalJudge.from_pretrained`` loads
"""

from omniedit.train.distill.lora import distill
from omniedit.train.distill.recipe import DistillRecipe

__all__ = ["DistillRecipe", "distill"]
