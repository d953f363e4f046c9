"""The student judge: what the oracle says with the ideal edit before it, learnt to be said without.

net      the network: two pictures and an instruction -> a distribution over each score
judge    candidates in, verdicts out; weights that come with the package
"""

from omniedit.judge.student.judge import StudentJudge
from omniedit.judge.student.net import StudentConfig, StudentNet

__all__ = ["StudentConfig", "StudentJudge", "StudentNet"]
