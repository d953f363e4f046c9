"""Filter: indecent photographs, by an image-classification model of ``transformers`` in a folder on this machine."""

from __future__ import annotations

from pathlib import Path

import PIL.Image

from omniedit.data.sources.filters import Look
from omniedit.errors import MissingExtraError, ModelError


class Nsfw:
    """Refuses what a model gives a label to with more than some probability."""

    def __init__(self, folder: str, label: str, limit: float) -> None:
        """Load the model.

        Raises:
            MissingExtraError: ``transformers`` is not installed.
            ModelError: There is no such model, or it knows no such label.
        """
        try:
            from transformers import pipeline
        except ImportError as error:
            raise MissingExtraError("transformers", "train") from error
        if not Path(folder).is_dir():
            raise ModelError(f"nsfw_model: {folder} is no folder with an image-classification model")
        try:
            self._classify = pipeline("image-classification", model=folder)
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise ModelError(
                f"nsfw_model: {folder} cannot be loaded as an image-classification model: {error}"
            ) from error
        labels = list(self._classify.model.config.id2label.values())
        if label not in labels:
            raise ModelError(f"nsfw_label: the model {folder} has no label {label!r}; it has {', '.join(labels)}")
        self._label, self._limit, self._labels = label, limit, len(labels)

    def __call__(self, look: Look) -> str:
        """The reason, or empty."""
        answers = self._classify(PIL.Image.fromarray(look.image), top_k=self._labels)
        share = next(answer["score"] for answer in answers if answer["label"] == self._label)
        if share <= self._limit:
            return ""
        return f"nsfw: {share:.3f} {self._label}; the limit is at most {self._limit:g}"
