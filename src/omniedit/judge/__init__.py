"""Candidate -> Verdict, or unscored with a reason.

rubric       what is asked, as data
questions    the rubric in words, for a language model
reply/       what a language model answered, read without guessing
remote/      judges behind an OpenAI-compatible endpoint
local/       judges that run here, through transformers
named        judges by name
student/     a small network taught by the oracle, that needs no ideal edit
oracle/      answers from the ideal edit, which only it may see
agreement    how far judges and people agree
metrics      simple measures, for comparison
"""

from omniedit.judge.oracle import Oracle, OracleConfig
from omniedit.judge.remote import RemoteConfig, RemoteJudge
from omniedit.judge.rubric import IMGEDIT, OMNIEDIT, RUBRICS, VIESCORE, Criterion, Judge, Rubric, unscored

__all__ = [
    "IMGEDIT",
    "OMNIEDIT",
    "RUBRICS",
    "VIESCORE",
    "Criterion",
    "Judge",
    "Oracle",
    "OracleConfig",
    "RemoteConfig",
    "RemoteJudge",
    "Rubric",
    "unscored",
]
