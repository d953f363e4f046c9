"""What is sent to an endpoint for one question, and the key that its reply is kept under."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from omniedit.judge.questions import Question, ask
from omniedit.judge.remote.pictures import SentPicture
from omniedit.judge.rubric import Rubric
from omniedit.types import Candidate

if TYPE_CHECKING:
    from omniedit.judge.remote.judge import RemoteConfig


@dataclass(frozen=True, eq=False)
class Request:
    """One question about one candidate, in one pass."""

    question: Question
    """What is asked, and of which pictures."""
    number: int
    """The pass, from 0 on."""
    pictures: Mapping[str, SentPicture]
    """``"source"`` and ``"result"``."""
    config: RemoteConfig
    """Whom to ask, and how."""

    @cached_property
    def key(self) -> str:
        """SHA-256 over all that could change the reply: pixels, words, endpoint, model, parameters, pass."""
        parts = {
            "url": self.config.base_url.rstrip("/"),
            "parameters": self.config.parameters(self.number),
            "encoding": asdict(self.config.pictures),
            "pictures": [self.pictures[name].hash for name in self.question.shows],
            "question": self.question.text,
            "pass": self.number,
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    @property
    def body(self) -> dict[str, Any]:
        """The chat completion as the client takes it: the pictures in the order asked for, then the words."""
        words = {"type": "text", "text": self.question.text.encode("utf-8", "replace").decode()}
        content = [*(self.pictures[name].part for name in self.question.shows), words]
        return {**self.config.parameters(self.number), "messages": [{"role": "user", "content": content}]}


def requests_of(candidate: Candidate, rubric: Rubric, config: RemoteConfig) -> tuple[list[Request], list[Request]]:
    """The requests for SC and those for PQ, one for each pass; all share the pictures, encoded once."""
    pictures = {
        "source": SentPicture(candidate.source, config.pictures),
        "result": SentPicture(candidate.result, config.pictures),
    }
    passes = range(config.first_pass, config.first_pass + config.asking.passes)
    sc, pq = (
        [Request(question, number, pictures, config) for number in passes]
        for question in ask(rubric, candidate.proposal.instruction, config.asking)
    )
    return sc, pq
