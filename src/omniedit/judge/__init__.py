"""Candidate -> Verdict, or unscored with a reason.

rubric       what is asked, as data
oracle/      answers from the ideal edit, which only it may see
"""

from omniedit.judge.oracle import Oracle, OracleConfig
from omniedit.judge.rubric import OMNIEDIT, Criterion, Judge, Rubric, unscored

__all__ = ["OMNIEDIT", "Criterion", "Judge", "Oracle", "OracleConfig", "Rubric", "unscored"]
