"""The judge that is an open vision-language model on this machine, through transformers; with or without a LoRA.

loading    a model's folder or Hub id -> model and processor, without torchvision
chat       pictures and words -> the model's inputs
batches    as many at a time as memory allows
scoring    the expected value of a score over the tokens that could say it
judge      all of it
"""

from omniedit.judge.local.judge import LocalConfig, LocalJudge

__all__ = ["LocalConfig", "LocalJudge"]
