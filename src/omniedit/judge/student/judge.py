"""The student as a judge: candidates in, verdicts out, without any ideal.

    FOLDER/config.json            StudentConfig, and the teacher's name and version
    FOLDER/student.safetensors    weights, in half precision

Candidates are scored one at a time: on a CPU a batch gains little, and so a verdict cannot depend on what stands beside
it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import torch
from safetensors.torch import load_file, save_file

import omniedit
from omniedit.errors import JudgeError
from omniedit.images import grid_size, resize
from omniedit.judge.rubric import OMNIEDIT, Rubric, unscored
from omniedit.judge.student.net import StudentConfig, StudentNet
from omniedit.model.codec import PixelCodec
from omniedit.model.text import TextEncoder
from omniedit.settings import settings
from omniedit.types import Candidate, Ideal, Image, Verdict

SHIPPED = Path(omniedit.__file__).parent / "weights" / "student"
"""Folder of the weights that come with the package."""
VERSION = "1"
"""Changes when the way in which the student looks at pictures changes."""
CONFIG, WEIGHTS = "config.json", "student.safetensors"
SIDES = re.compile(r"\b(left|right)", re.IGNORECASE)
"""What an instruction says that is no longer true of a mirrored picture."""


@dataclass(frozen=True, eq=False, repr=False)
class StudentJudge:
    """Scores candidates by a small network that was taught by the oracle.

    >>> judge = StudentJudge.from_pretrained()
    >>> verdict = judge.score(candidate)
    """

    net: StudentNet
    """The network."""
    text: TextEncoder
    """Reads the instruction."""
    teacher: str = ""
    """Whom it learnt from: name and version."""
    name: ClassVar[str] = "student"
    rubric: ClassVar[Rubric] = OMNIEDIT

    @classmethod
    def from_pretrained(cls, folder: Path | str | None = None) -> StudentJudge:
        """Load a student.

        Args:
            folder: Where its two files are; None takes the one that comes with the package.

        Raises:
            JudgeError: There is none, or it is incomplete or of another kind.
        """
        folder = SHIPPED if folder is None else Path(folder)
        try:
            card = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
            net = StudentNet(settings(StudentConfig, card["config"], str(folder / CONFIG)))
            net.load_state_dict({name: tensor.float() for name, tensor in load_file(folder / WEIGHTS).items()})
            return cls(net.eval(), TextEncoder.from_pretrained(), card["teacher"])
        except FileNotFoundError as error:
            raise JudgeError(
                f"there is no student judge in {folder} ({Path(str(error.filename or WEIGHTS)).name} is missing): "
                "train one by recipes/student.toml, or name another judge"
            ) from error
        except Exception as error:  # torch and safetensors raise whatever they like for a file that is not theirs
            raise JudgeError(f"the student judge in {folder} cannot be loaded: {error}") from error

    def save_pretrained(self, folder: Path | str) -> None:
        """Write the two files; weights are rounded to half precision."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        halves = {name: tensor.detach().half().contiguous() for name, tensor in self.net.state_dict().items()}
        card = {"config": asdict(self.net.config), "teacher": self.teacher}
        save_file(halves, folder / f".{WEIGHTS}.tmp")
        (folder / f".{CONFIG}.tmp").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
        for name in (WEIGHTS, CONFIG):
            (folder / f".{name}.tmp").replace(folder / name)

    @cached_property
    def version(self) -> str:
        """Version with a hash of all that decides a score: sizes, weights, and the table of words."""
        digest = hashlib.sha256(json.dumps(asdict(self.net.config)).encode())
        for name, tensor in sorted((self.net.state_dict() | {"words": self.text.table}).items()):
            digest.update(name.encode())
            digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
        return f"{VERSION}-{digest.hexdigest()[:12]}"

    def __repr__(self) -> str:
        """Name and version, by which a build tells its judges apart."""
        return f"StudentJudge({self.version})"

    def score(self, candidate: Candidate, ideal: Ideal | None = None) -> Verdict:
        """The verdict on ``candidate``; ``ideal`` is not looked at.

        Unscored where the instruction is empty or too long to be read, or the pictures differ in size.
        """
        reason = self._unreadable(candidate)
        if reason:
            return unscored(self, reason)
        success, restraint, artefacts = self._scores(candidate)
        return Verdict(
            sc=(success, restraint),
            pq=(artefacts,),
            judge=self.name,
            version=self.version,
            rubric=self.rubric.hash,
        )

    def _scores(self, candidate: Candidate) -> list[float]:
        """The three scores: the mean over the pictures as they are and mirrored, unless a side is named."""
        instruction = candidate.proposal.instruction
        pictures = [fitted(image, self.net.config) for image in (candidate.source, candidate.result)]
        turns = (1,) if SIDES.search(instruction) else (1, -1)
        with torch.inference_mode():
            source, result = (PixelCodec().encode([image[:, ::turn] for turn in turns]) for image in pictures)
            words = self.text([instruction]).tokens.expand(len(turns), -1, -1)
            scores = self.net.scores(self.net(source, result, words).scores).mean(0)
        return [round(float(score), 2) for score in scores]

    def score_many(self, candidates: Iterable[Candidate]) -> Iterator[Verdict]:
        """The verdicts on ``candidates``, in their order; they are taken one at a time."""
        return map(self.score, candidates)

    def _unreadable(self, candidate: Candidate) -> str:
        """Why the candidate cannot be judged; empty where it can."""
        instruction, before, after = candidate.proposal.instruction, candidate.source, candidate.result
        if not instruction.strip():
            return "there is no instruction to judge by"
        if not self.text.fits(instruction):
            return f"the instruction has more than the {self.text.config.length} word pieces that the student reads"
        if before.shape != after.shape:
            sizes = " and ".join(f"{image.shape[1]}×{image.shape[0]}" for image in (before, after))
            return f"source and result differ in size: {sizes} pixels"
        return ""


def fitted(image: Image, config: StudentConfig) -> Image:
    """``image`` at the size at which the network sees it."""
    return resize(image, grid_size(image.shape[1], image.shape[0], area=config.area, multiple=config.multiple))
