"""Proposals by a large multimodal model behind any OpenAI-compatible endpoint (paper, appendix A.1).

proposer    photos and tasks -> answers, in order, within a budget
dialogue    one photo and task: what is asked, and what is sent back once
prompts     what is asked, as data, with its schema
drafts      a reply -> drafts of the right form
rules       what is wrong with a draft, rule by rule
wordings    what is wrong with an instruction, rule by rule

Nothing that breaks a rule leaves here.
"""

from omniedit.data.proposals.remote.dialogue import Answer, Dropped, Offer, Stamp
from omniedit.data.proposals.remote.prompts import PROMPTS, Prompt
from omniedit.data.proposals.remote.proposer import ProposerConfig, RemoteProposer

__all__ = ["PROMPTS", "Answer", "Dropped", "Offer", "Prompt", "ProposerConfig", "RemoteProposer", "Stamp"]
