"""Help for tests, ours and those of anyone who builds on OmniEdit.

hostile       pictures that must be refused
server        an OpenAI-compatible endpoint on this machine, as slow, flaky and rude as a test needs it
completions   what it says, and how to read what it was asked
proposals     what it says to a proposer: right, partial, malformed, hostile
edits         an OpenAI-compatible endpoint that edits pictures, for contestants
hub           a Hugging Face Hub on this machine that keeps what is pushed to it
dataset_hub   one with a data set to read, piece by piece
local_server  what the last three share
kills         builds whose processes are killed, against one left in peace
"""

from omniedit.testing.completions import Paid, RawAnswer, key_of, pictures_of, question_of, reply_by_hash
from omniedit.testing.hostile import HostileFile, hostile_files
from omniedit.testing.server import Faults, JudgeServer

__all__ = [
    "Faults",
    "HostileFile",
    "JudgeServer",
    "Paid",
    "RawAnswer",
    "hostile_files",
    "key_of",
    "pictures_of",
    "question_of",
    "reply_by_hash",
]
