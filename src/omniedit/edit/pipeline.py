"""The pipeline: a photo of any size and an instruction -> the edited photo, of the same size, with a report.

photo -> frame -> working picture -> noise, sampler, guided model -> edited working picture -> carry -> composite

pipe = OmniEditPipeline.from_pretrained("nano")
result = pipe("street.jpg", "Make it snow.", seed=0)
result.save("street-snow.png")
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from omniedit.data.proposals.lexicon import Vocabulary, embedded
from omniedit.data.proposals.router import Routed, understand
from omniedit.data.tools.batching import DTYPES, device_of
from omniedit.edit.carry import carry
from omniedit.edit.fidelity import Report, Scope, change_mask, composite
from omniedit.edit.framing import Frame
from omniedit.edit.guidance import Guidance, guide
from omniedit.edit.inputs import Given, GivenMask, as_mask, as_picture, check_request, check_settings
from omniedit.edit.result import EditResult
from omniedit.edit.weights import resolve
from omniedit.errors import InputError, InstructionError
from omniedit.images import from_unit, resize_mask, to_unit
from omniedit.model.bundle import works_on_pixels
from omniedit.model.editor import Editor
from omniedit.model.sampling import SAMPLERS, Callback, Step
from omniedit.seeding import stream
from omniedit.types import Image, Mask, Task

__all__ = ["EditResult", "OmniEditPipeline"]

LOCAL_BELOW = 0.6
"""An edit that no rule understands is local if it changes less than this share of the picture."""


@dataclass(frozen=True, eq=False)
class OmniEditPipeline:
    """Edits photos with a trained model."""

    editor: Editor
    """The model with all it needs."""

    @classmethod
    def from_pretrained(cls, name: str | os.PathLike[str], *, device: str = "", dtype: str = "") -> OmniEditPipeline:
        """Load a model: by a name that comes with the package (``nano``), from a folder, or from the Hugging Face Hub.

        Args:
            name: Which.
            device: ``"cuda:1"``, ``"cpu"`` …; empty takes the GPU where there is one for a model that works on
                latents, and the CPU for nano, which was made for it.
            dtype: float32, bfloat16 or float16, of its network and text; empty takes bfloat16 on a GPU, else float32.

        Raises:
            ModelError: There is no such model, or it cannot be loaded.
            InputError: There is no such number format.
        """
        folder = resolve(name)
        place = device or ("cpu" if works_on_pixels(folder) else device_of(""))
        chosen = dtype or ("bfloat16" if place.startswith("cuda") else "float32")
        if chosen not in DTYPES:
            raise InputError(f"there is no number format {chosen!r}; there are {', '.join(DTYPES)}")
        return cls(Editor.from_pretrained(folder, dtype=getattr(torch, chosen)).to(place))

    @property
    def name(self) -> str:
        """The model's name."""
        return self.editor.config.name

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """What can be named: the embedded world's words, without those that this model was not taught."""
        words, known = embedded(), self.editor.config.known
        taught = {kind: {n: c for n, c in getattr(words, kind).items() if n in known[kind]} for kind in known}
        return replace(words, **taught)

    def check(self, instruction: str, *, mask_given: bool = False) -> Routed | None:
        """Read an instruction, before any work.

        Args:
            instruction: What to do.
            mask_given: A mask says where, so that the name of the thing does not matter.

        Returns:
            What was understood. None for a model that knows no bounds and an instruction that no rule understands.

        Raises:
            InstructionError: It is empty, or asks for what this model was never taught; the message names what it was.
        """
        check_request(instruction, 1, 0)
        try:
            routed = self._understand(instruction)
            routed.checked(self.vocabulary, mask_given=mask_given)
        except InstructionError:
            if self.editor.config.known:
                raise
            return None
        return routed

    def _understand(self, instruction: str) -> Routed:
        """Read it with all words of the world; those that this model was not taught count as unknown."""
        routed = understand(instruction)
        words = self.vocabulary
        taught = {*words.objects, *words.colours, *words.environments, *words.styles, *words.backdrops}
        missing = [name for name in ("object", "target") if getattr(routed.proposal, name) not in ("", *taught)]
        return replace(routed, unknown=tuple(dict.fromkeys((*routed.unknown, *missing))))

    @torch.inference_mode()
    def __call__(
        self,
        image: Given,
        instruction: str,
        *,
        mask: GivenMask | None = None,
        seed: int = 0,
        num_images: int = 1,
        force: bool = False,
        steps: int | None = None,
        guidance_scale: float | None = None,
        image_guidance_scale: float | None = None,
        sampler: str = "euler",
        callback: Callback | None = None,
    ) -> EditResult:
        """Edit a photo.

        Args:
            image: The photo, of any size: a path, an array, a Pillow image, bytes, a ``Picture`` or a ``Photo``.
            instruction: What to do, in words.
            mask: Where the edit may act; every pixel outside stays as it is. None lets the model choose.
            seed: Seed of the noise. Result ``i`` has the noise of ``seed + i``: the same bytes as if asked for alone.
            num_images: How many results.
            force: Try an instruction that :meth:`check` refuses.
            steps: Steps of the sampler; None for the model's own number.
            guidance_scale: s_T of InstructPix2Pix: above 1 follows the instruction more strongly; None for the model's.
            image_guidance_scale: s_I: above 1 keeps closer to the photo; None for the model's.
            sampler: A key of :data:`~omniedit.model.sampling.SAMPLERS`.
            callback: Told of every step; steps are counted over all results.

        Raises:
            ImageError: The photo or the mask cannot be used.
            InstructionError: The instruction is empty, too long, or (without ``force``) nothing the model was taught.
            InputError: A setting is out of range.
        """
        check_request(instruction, num_images, seed)
        steps, guidance = self._settings(steps, guidance_scale, image_guidance_scale)
        if sampler not in SAMPLERS:
            raise InputError(f"there is no sampler {sampler!r}; there are {', '.join(SAMPLERS)}")
        routed = self._read(instruction, mask is not None, force)
        picture = as_picture(image)
        allowed = None if mask is None else as_mask(mask, picture.size)

        frame = self._frame(picture.size)
        small = frame.shrink(picture.image)
        latents = self.editor.encode([frame.fill(small)])
        # The photo as the codec gives it back, so that the codec's losses are not taken for the edit.
        before = frame.cut(self.editor.decode(latents)[0])
        condition = self._hidden(frame, small, allowed) if self.editor.inpaints else latents
        velocity = guide(self.editor, condition, instruction, guidance)
        sigmas = self.editor.sigmas(steps).to(condition.device)
        finish = _Finish(picture.image, before, routed.proposal.task if routed else None, allowed)
        origin = {"model": self.name, "model_sha256": self.editor.sha256, "instruction": instruction}
        images, reports = [], []
        for index in range(num_images):
            noise = _noise(latents, seed + index)
            tell = _counted(callback, index, num_images)
            (edited,) = self.editor.decode(SAMPLERS[sampler](velocity, noise, sigmas, tell))
            result, area, scope = finish(frame.cut(edited))
            images.append(result)
            reports.append(Report.of(picture.image, result, area, scope=scope, seed=seed + index, **origin))
        notes = (*picture.notes, *_notes(routed, frame, reports))
        return EditResult(tuple(images), tuple(reports), picture, notes)

    def _hidden(self, frame: Frame, small: Image, allowed: Mask | None) -> Tensor:
        """What a model that fills masks sees of the photo."""
        if allowed is None:
            raise InputError(f"{self.name} fills masks: give a mask, and say what is to be seen there")
        mask = resize_mask(allowed, frame.inner)
        padded = frame.fill(from_unit(np.repeat(mask[..., None], 3, axis=2)))
        return self.editor.hide([frame.fill(small)], [to_unit(padded)[..., 0]])

    def _settings(
        self, steps: int | None, guidance_scale: float | None, image_guidance_scale: float | None
    ) -> tuple[int, Guidance]:
        """Those given, else the model's own."""
        own = self.editor.config
        steps = own.steps if steps is None else steps
        text = own.guidance_scale if guidance_scale is None else guidance_scale
        image = own.image_guidance_scale if image_guidance_scale is None else image_guidance_scale
        check_settings(steps, guidance_scale=text, image_guidance_scale=image)
        return steps, Guidance(text=text, image=image)

    def _read(self, instruction: str, mask_given: bool, force: bool) -> Routed | None:
        try:
            return self.check(instruction, mask_given=mask_given)
        except InstructionError:
            if not force:
                raise
        try:
            return self._understand(instruction)
        except InstructionError:
            return None

    def _frame(self, size: tuple[int, int]) -> Frame:
        config = self.editor.config
        return Frame.of(size, area=config.area, multiple=config.multiple, max_ratio=config.max_ratio)


@dataclass(frozen=True, eq=False)
class _Finish:
    """From an edited working picture to the edited photo."""

    source: Image
    before: Image
    task: Task | None
    allowed: Mask | None

    def __call__(self, edited: Image) -> tuple[Image, Mask | None, Scope]:
        """The edited photo, where it was edited (None: everywhere), and the scope."""
        size = (self.source.shape[1], self.source.shape[0])
        changed = change_mask(self.before, edited)
        local = self._local(changed)
        area = resize_mask(changed, size) if local or self.task is Task.BACKGROUND else None
        if self.allowed is not None:
            area = self.allowed if area is None else area * self.allowed
        result = carry(self.source, self.before, edited)
        if area is not None:
            result = composite(self.source, result, area)
        return result, area, "local" if local or self.allowed is not None else "global"

    def _local(self, changed: Mask) -> bool:
        return self.task.local if self.task else float((changed > 0).mean()) < LOCAL_BELOW


def _noise(like: Tensor, seed: int) -> Tensor:
    """Standard normal noise of the shape of ``like``, drawn by numpy: the same on every device."""
    noise = stream(seed, "noise").standard_normal(tuple(like.shape), dtype="float32")
    return torch.from_numpy(noise).to(like)


def _counted(callback: Callback | None, index: int, count: int) -> Callback | None:
    """``callback`` for result ``index`` of ``count``, with steps counted over all results."""
    if callback is None:
        return None
    return lambda step: callback(Step(index * step.total + step.index, count * step.total, step.estimate))


def _notes(routed: Routed | None, frame: Frame, reports: list[Report]) -> list[str]:
    notes = [f'"{written}" was read as "{read}"' for written, read in (routed.corrections if routed else ())]
    if routed and routed.ignored:
        notes.append(f'"{" ".join(routed.ignored)}" was not used')
    if frame.padded:
        width, height = frame.inner
        notes.append(f"the photo is so long that the model saw it at {width}×{height} pixels only")
    if any(report.changed_fraction == 0 for report in reports):
        notes.append("the model changed nothing: try another seed or wording")
    return notes
