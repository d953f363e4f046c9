"""GroundingDINO and SAM through transformers: phrases -> boxes -> masks.

Pictures are prepared by the models' own rules in their plain PIL form, whether or not torchvision is installed: the
default form of transformers 5 needs it, and its resampling differs in the last digits, so masks would too. Of what is
used here only ``post_process_for_mask_generation`` of SAM (masks without a prompt) would import it; it is not called.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from omniedit.data.tools.batching import computing, device_of, first_line
from omniedit.errors import MissingExtraError, ModelError
from omniedit.types import Image, Mask

Corners = tuple[float, float, float, float]
"""An upright box in pixels: ``(left, top, right, bottom)``."""

_TOKENS = 64
"""Tokens of a phrase, padded to always so many: how long its neighbours in a batch are changes no digit."""
_LOADING = (OSError, ValueError, KeyError, ImportError, RuntimeError)


@dataclass(frozen=True)
class Detection:
    """A place that may show what was asked for."""

    box: Corners
    """Where."""
    score: float
    """How sure the detector is, 0..1."""
    words: str
    """Which of the words asked for it answers to."""


@dataclass(frozen=True, eq=False)
class Detector:
    """GroundingDINO (Liu et al., arXiv 2303.05499): it finds things by their names."""

    model: Any
    """A ``GroundingDinoForObjectDetection``, on its device."""
    processor: Any
    """Its ``GroundingDinoProcessor``."""
    dtype: str = "float32"
    """Format that it computes in; its weights stay float32, since parts of it work in no other."""

    @classmethod
    def from_pretrained(cls, source: str, *, device: str = "", dtype: str = "float32") -> Detector:
        """Load it from a folder or from the Hub.

        Raises:
            MissingExtraError: transformers is not installed.
            ModelError: There is no such model, or it is of another kind.
        """

        def processor() -> Any:  # noqa: ANN401 (transformers has no types)
            from transformers import AutoImageProcessor, AutoTokenizer, GroundingDinoProcessor

            pictures = AutoImageProcessor.from_pretrained(source, backend="pil")
            return GroundingDinoProcessor(pictures, AutoTokenizer.from_pretrained(source))

        model, made = _load(source, "AutoModelForZeroShotObjectDetection", processor, device)
        return cls(model, made, dtype)

    def __call__(
        self, images: Sequence[Image], phrases: Sequence[str], *, box_threshold: float, text_threshold: float
    ) -> list[list[Detection]]:
        """Look in each picture for its phrase.

        Args:
            images: Of one size, ``uint8 [H, W, 3]`` each: the smaller of unequal pictures would be padded, which shows.
            phrases: Lower case, each thing ended by a full stop.
            box_threshold: Least score of a box.
            text_threshold: Least score of a word that a box answers to; a box that answers to none is dropped.

        Returns:
            For each picture what was found, the surest first.
        """
        import torch

        device = str(self.model.device)
        given = self.processor(
            images=list(images),
            text=list(phrases),
            padding="max_length",
            max_length=_TOKENS,
            truncation=True,
            return_tensors="pt",
        ).to(device)
        with torch.inference_mode(), computing(device, self.dtype):
            output = self.model(**given)
        output.logits, output.pred_boxes = output.logits.float(), output.pred_boxes.float()
        found = self.processor.post_process_grounded_object_detection(
            output,
            given.input_ids,
            threshold=box_threshold,
            text_threshold=text_threshold,
            target_sizes=[image.shape[:2] for image in images],
        )
        return [self._sorted(each, image) for each, image in zip(found, images, strict=True)]

    def _sorted(self, found: Any, image: Image) -> list[Detection]:  # noqa: ANN401 (transformers has no types)
        """A picture's detections that answer to some word, within the picture, the surest first.

        Rounded, since the last digits of a product of matrices depend on how many there are.
        """
        height, width = image.shape[:2]
        marks = {*self.processor.tokenizer.all_special_tokens, ".", "?"}
        listed = []
        for box, score, label in zip(
            found["boxes"].tolist(), found["scores"].tolist(), found["text_labels"], strict=True
        ):
            left, top, right, bottom = np.clip(np.round(box, 1), 0, (width, height, width, height)).tolist()
            words = " ".join(word for word in label.replace(".", " . ").split() if word not in marks)
            if words:
                listed.append(Detection((left, top, right, bottom), round(score, 4), words))
        return sorted(listed, key=lambda each: (-each.score, each.box))


@dataclass(frozen=True, eq=False)
class Segmenter:
    """SAM (Kirillov et al., arXiv 2304.02643): from boxes to masks."""

    model: Any
    """A ``SamModel``, on its device."""
    processor: Any
    """Its ``SamProcessor``."""
    dtype: str = "float32"
    """Format that it computes in; its weights stay float32."""

    @classmethod
    def from_pretrained(cls, source: str, *, device: str = "", dtype: str = "float32") -> Segmenter:
        """Load it from a folder or from the Hub.

        Raises:
            MissingExtraError: transformers is not installed.
            ModelError: There is no such model, or it is of another kind.
        """

        def processor() -> Any:  # noqa: ANN401 (transformers has no types)
            from transformers import AutoImageProcessor, SamProcessor

            return SamProcessor(AutoImageProcessor.from_pretrained(source, backend="pil"))

        model, made = _load(source, "SamModel", processor, device)
        return cls(model, made, dtype)

    def __call__(self, images: Sequence[Image], boxes: Sequence[Sequence[Corners]]) -> list[Mask]:
        """Cut out what lies in the boxes of each picture.

        Args:
            images: ``uint8 [H, W, 3]`` each, of any sizes: the model sees all at one.
            boxes: One or more for each picture.

        Returns:
            For each picture, where any of its things is: ``float32 [H, W]``, 0 or 1.
        """
        import torch

        device = str(self.model.device)
        given = self.processor.image_processor(list(images), return_tensors="pt")
        with torch.inference_mode(), computing(device, self.dtype):
            seen = self.model.get_image_embeddings(given["pixel_values"].to(device))
            low = [self._decode(seen[i : i + 1], image, boxes[i]) for i, image in enumerate(images)]
        full = self.processor.post_process_masks(low, given["original_sizes"], given["reshaped_input_sizes"])
        return [mask.any(dim=0)[0].cpu().numpy().astype(np.float32) for mask in full]

    def _decode(self, seen: Any, image: Image, boxes: Sequence[Corners]) -> Any:  # noqa: ANN401 (transformers has no types)
        """The masks of a picture's boxes at the decoder's size, ``float32 [boxes, 1, h, w]``."""
        import torch

        # A box leaves little doubt which part is meant, so one mask is asked for, as SAM's authors advise.
        scaled = self.processor._normalize_coordinates(
            self.processor.target_size, np.array(boxes), image.shape[:2], is_bounding_box=True
        )
        given = torch.from_numpy(scaled)[None].to(seen.device, torch.float32)
        return self.model(image_embeddings=seen, input_boxes=given, multimask_output=False).pred_masks[0].float()


def _load(source: str, kind: str, processor: Callable[[], Any], device: str) -> tuple[Any, Any]:
    """A model of transformers' class ``kind`` with its processor.

    Raises:
        MissingExtraError: transformers is not installed.
        ModelError: It cannot be loaded.
    """
    try:
        import transformers
    except ImportError as error:
        raise MissingExtraError("transformers", "full") from error
    try:
        made = processor()
        model = getattr(transformers, kind).from_pretrained(source, use_safetensors=True)
    except _LOADING as error:
        raise ModelError(f"{source} cannot be loaded for grounding ({kind}): {first_line(error)}") from error
    return model.to(device_of(device)).eval(), made
