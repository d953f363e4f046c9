"""The judge on this machine: candidates in, verdicts out, in batches.

    candidate -> a question on SC, one on PQ -> greedy replies -> (expected values of their scores) -> verdict

A model that was distilled by OmniEdit lies in a folder with a ``judge.json``, which says what its base model is and how
it was taught to be asked, so that its folder alone is enough.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from omniedit.errors import JudgeError
from omniedit.images import limited
from omniedit.judge.local.batches import in_batches
from omniedit.judge.local.chat import Prompt, Reply, generate
from omniedit.judge.local.form import beginning, end
from omniedit.judge.local.loading import DTYPES, VisionLanguageModel, load
from omniedit.judge.local.scoring import BELIEF, expected_scores
from omniedit.judge.questions import Asking, Question, ask, stamp
from omniedit.judge.reply import Reading, read_reply, verdict_of
from omniedit.judge.rubric import OMNIEDIT, RUBRICS, Rubric, unscored
from omniedit.settings import settings
from omniedit.types import Candidate, Ideal, Verdict

VERSION = "1"
"""Changes when the way in which this judge asks changes."""
MODES = ("text", "expected")
"""How scores are read: from the reply, or as expected values (:mod:`omniedit.judge.local.scoring`)."""
DIGITS = 4
"""Decimals of an expected score; further ones depend on the batch and the machine."""
CARD = "judge.json"
"""File that says how a distilled judge is to be asked."""
DEFAULTS: Mapping[str, Any] = {"mode": "text", "max_new_tokens": 512, "max_side": 1024}
"""What a judge that was not distilled takes where `LocalConfig` leaves it open."""


@dataclass(frozen=True)
class LocalConfig:
    """How the model is run."""

    mode: str = ""
    """``"text"`` takes the scores that the reply says. ``"expected"`` takes their expected values; where scores are
    asked for before the reasoning, nothing is generated then, which is several times faster. Empty takes the one that
    a distilled judge was made for, or else ``"text"``."""
    batch: int = 8
    """Candidates at a time; halved for good whenever memory runs out."""
    max_new_tokens: int = 0
    """Most tokens of a reply; a reply that is cut off is unscored. 0 takes a distilled judge's own, or else 512."""
    max_side: int = 0
    """Longest side of a picture in pixels; larger ones are resampled first, then the model's own rules apply. 0 takes
    a distilled judge's own, or else 1024."""
    device: str = ""
    """``"cuda"``, ``"cpu"`` …; ``"auto"`` spreads the model over all GPUs; empty takes the GPU where there is one."""
    dtype: str = ""
    """``"bfloat16"``, ``"float16"`` or ``"float32"``; empty takes bfloat16 on a GPU and float32 on a CPU."""

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            JudgeError: A mode or number format is unknown, or a number is not positive.
        """
        if self.mode not in ("", *MODES) or self.dtype not in ("", *DTYPES):
            raise JudgeError(f"mode is one of {', '.join(MODES)} and dtype one of {', '.join(DTYPES)}, not {self}")
        if self.batch < 1 or min(self.max_new_tokens, self.max_side) < 0:
            raise JudgeError(f"batch, max_new_tokens and max_side of a judge are at least 1, not {self}")

    def filled(self, card: Mapping[str, Any]) -> LocalConfig:
        """With what was left open taken from a distilled judge's ``card``, or else from `DEFAULTS`."""
        own = {name: card.get(name, default) for name, default in DEFAULTS.items() if not getattr(self, name)}
        return settings(LocalConfig, {**asdict(self), **own}, CARD)


class LocalJudge:
    """Scores candidates by asking a vision-language model on this machine. It never sees the ideal edit.

    >>> judge = LocalJudge.from_pretrained("Qwen/Qwen2.5-VL-7B-Instruct")
    >>> verdicts = list(judge.score_many(candidates))

    Replies are greedy, so the same candidate gets the same verdict. On a GPU, and in bfloat16 anywhere, the order of
    sums depends on the batch, so a near tie may fall the other way at another batch size.
    """

    def __init__(
        self,
        loaded: VisionLanguageModel,
        name: str,
        *,
        rubric: Rubric = OMNIEDIT,
        asking: Asking = Asking(),  # noqa: B008  frozen
        config: LocalConfig = LocalConfig(),
    ) -> None:
        """Make a judge of a loaded model.

        Args:
            loaded: The model.
            name: What to call it; ``local:`` is put before.
            rubric: What is asked.
            asking: How it is put into words.
            config: How the model is run.

        Raises:
            JudgeError: Several passes are asked for, which would all be the same.
        """
        if asking.passes != 1:
            raise JudgeError(f"a local judge is greedy: all {asking.passes} passes would be the same; ask for 1")
        self.loaded, self.rubric, self.asking, self.config = loaded, rubric, asking, config.filled({})
        self.name = f"local:{name}"
        self.version = f"{VERSION}-{_digest(loaded, self.config)}"
        self.stamp = stamp(rubric, asking)

    @classmethod
    def from_pretrained(
        cls,
        source: str | Path,
        adapter: str | Path | None = None,
        rubric: Rubric | None = None,
        asking: Asking | None = None,
        config: LocalConfig = LocalConfig(),
    ) -> LocalJudge:
        """Load a judge.

        Args:
            source: A model's folder or Hub id, or the folder of a distilled judge, which brings the rest with it.
            adapter: Folder of a LoRA for the model.
            rubric: What is asked; None takes the distilled judge's, or else OmniEdit's.
            asking: How it is put into words; None takes the distilled judge's, or else the default.
            config: How the model is run.

        Raises:
            MissingExtraError: transformers or peft is not installed.
            JudgeError: There is no such model, it does not see pictures, or it was distilled for another wording.
        """
        card = _card(Path(source))
        taught, way = _taught(card, Path(source)) if card else (OMNIEDIT, Asking())
        if card:
            adapter = adapter or source
        loaded = load(
            card.get("base") or str(source),
            adapter=None if adapter is None else Path(adapter),
            device=config.device,
            dtype=config.dtype,
        )
        return cls(
            loaded,
            card.get("name") or _name(source, adapter),
            rubric=rubric or taught,
            asking=asking or way,
            config=config.filled(card),
        )

    def score(self, candidate: Candidate, ideal: Ideal | None = None) -> Verdict:
        """The verdict on one candidate; ``ideal`` is not looked at. Errors as `score_many`."""
        [verdict] = self.score_many([candidate])
        return verdict

    def score_many(self, candidates: Iterable[Candidate]) -> Iterator[Verdict]:
        """The verdicts on ``candidates``, in their order; they are taken one batch at a time.

        Raises:
            JudgeError: One candidate alone does not fit into memory.
        """
        return in_batches(candidates, self.config.batch, self._judged)

    # One batch --------------------------------------------------------------------------------------------------------

    def _judged(self, candidates: Sequence[Candidate]) -> list[Verdict]:
        """The verdicts; one whose pictures the model's library refuses (such as a line of pixels) is unscored."""
        try:
            return self._verdicts(candidates)
        except ValueError as error:
            if len(candidates) == 1:
                return [replace(unscored(self, f"the model cannot take this in: {error}"), rubric=self.stamp)]
        return [verdict for one in candidates for verdict in self._judged([one])]

    def _verdicts(self, candidates: Sequence[Candidate]) -> list[Verdict]:
        asked = [ask(self.rubric, candidate.proposal.instruction, self.asking) for candidate in candidates]
        sc = self._answers(candidates, [questions[0] for questions in asked])
        pq = self._answers(candidates, [questions[1] for questions in asked])
        return [
            verdict_of(self, [one], [two], f"[SC 1]\n{said}\n\n[PQ 1]\n{also}", self.stamp)
            for (one, said), (two, also) in zip(sc, pq, strict=True)
        ]

    def _answers(self, candidates: Sequence[Candidate], questions: Sequence[Question]) -> list[tuple[Reading, str]]:
        """The readings of one side's questions, each with its transcript."""
        prompts = [self.prompt(*one) for one in zip(candidates, questions, strict=True)]
        if self.config.mode == "expected" and not self.asking.reasoning_first:
            blank = [Reading((), "", "") for _ in prompts]
            return self._expected(prompts, questions, blank, [""] * len(prompts))
        replies = generate(self.loaded, prompts, self.config.max_new_tokens)
        readings = [self._read(*one) for one in zip(candidates, questions, replies, strict=True)]
        texts = [reply.text for reply in replies]
        if self.config.mode == "text":
            return list(zip(readings, texts, strict=True))
        return self._expected(prompts, questions, readings, texts)

    def prompt(self, candidate: Candidate, question: Question) -> Prompt:
        """What the model is shown for a question: also what a distilled judge is trained on."""
        pictures = {"source": candidate.source, "result": candidate.result}
        shown = tuple(limited(pictures[name], self.config.max_side) for name in question.shows)
        return Prompt(shown, question.text)

    def _read(self, candidate: Candidate, question: Question, reply: Reply) -> Reading:
        if not reply.ended:
            return Reading((), "", "the reply was cut off: raise max_new_tokens")
        quoted = candidate.proposal.instruction if question.side == "sc" else ""
        return read_reply(reply.text, names=question.names, scale=self.asking.scale, quoted=quoted)

    def _expected(
        self,
        prompts: Sequence[Prompt],
        questions: Sequence[Question],
        readings: Sequence[Reading],
        texts: Sequence[str],
    ) -> list[tuple[Reading, str]]:
        """Readings with expected values in the place of the scores that were said; what was unread stays so."""
        answers = list(zip(readings, texts, strict=True))
        found = [index for index, reading in enumerate(readings) if not reading.unread]
        if not found:
            return answers
        expected = expected_scores(
            self.loaded,
            [prompts[index] for index in found],
            [beginning(readings[index].reasoning, self.asking) for index in found],
            end(self.asking),
            len(questions[0].names),
            self.asking.scale,
        )
        for index, one in zip(found, expected, strict=True):
            said = f"{texts[index]}\n[expected scores: {', '.join(f'{score:.4f}' for score in one.scores)}]\n{one.said}"
            scores = tuple(round(score * 10 / self.asking.scale, DIGITS) for score in one.scores)
            doubt = f"only {one.belief:.0%} of the model's belief is on scores" if one.belief < BELIEF else ""
            reading = Reading((), "", doubt) if doubt else Reading(scores, readings[index].reasoning, "")
            answers[index] = reading, said.strip()
        return answers


# Distilled judges -----------------------------------------------------------------------------------------------------


def write_card(folder: Path, *, name: str, base: str, rubric: Rubric, asking: Asking, config: LocalConfig) -> None:
    """Write the ``judge.json`` of a distilled judge beside its adapter."""
    own = asdict(config.filled({}))
    card = {
        "name": name,
        "base": str(Path(base).resolve()) if Path(base).is_dir() else base,
        "rubric": rubric.name,
        "stamp": stamp(rubric, asking),
        "asking": asdict(asking),
        **{name: own[name] for name in DEFAULTS},
    }
    (folder / CARD).write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _card(folder: Path) -> Mapping[str, Any]:
    """What ``judge.json`` says; empty for a plain model.

    Raises:
        JudgeError: It cannot be read, or lacks something.
    """
    path = folder / CARD
    if not path.is_file():
        return {}
    try:
        card = dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise JudgeError(f"{path} is not readable as JSON ({error}): distil the judge again") from error
    missing = [name for name in ("name", "base", "rubric", "stamp", "asking", "mode") if name not in card]
    if missing:
        raise JudgeError(f"{path} lacks {', '.join(missing)}: it is no card of a judge; distil the judge again")
    return card


def _taught(card: Mapping[str, Any], folder: Path) -> tuple[Rubric, Asking]:
    """Rubric and wording that a distilled judge was trained on.

    Raises:
        JudgeError: This version of OmniEdit words them otherwise.
    """
    asking = settings(Asking, card["asking"], f"{folder / CARD}: asking")
    rubric = RUBRICS.get(card["rubric"])
    if rubric is None or stamp(rubric, asking) != card["stamp"]:
        raise JudgeError(
            f"{folder} was distilled for another wording of the rubric {card['rubric']!r} (stamp {card['stamp']}): "
            "distil it again, or use the version of OmniEdit that made it"
        )
    return rubric, asking


def _name(source: str | Path, adapter: str | Path | None) -> str:
    """The last parts of the paths."""
    return "+".join(Path(part).name for part in (source, adapter) if part)


def _digest(loaded: VisionLanguageModel, config: LocalConfig) -> str:
    """Eight hexadecimal digits that change with the weights and with any setting that could change a score."""
    dtype = str(next(loaded.model.parameters()).dtype)
    parts = [loaded.hash, config.mode, config.max_new_tokens, config.max_side, dtype]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:8]
