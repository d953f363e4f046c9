"""Simple metrics to hold a judge against: how near two pictures are, and how near a picture is to words.

    measure(candidate, ideal)                      {"l1_source": 0.02, "l1_ideal": 0.01, "psnr_source": …, …}
    measure(candidate, clip=ClipScore("folder"))   … and "clip", "clip_image", "clip_direction"

OmniEdit (arXiv 2411.07199) holds that they follow people's judgement of edits poorly: beside the source they reward
doing nothing, and beside the words they ignore all else. They are baselines, and no part of any verdict.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from omniedit.errors import ImageError, MissingExtraError, ModelError
from omniedit.images import to_signed, to_unit
from omniedit.types import Candidate, Ideal, Image

PSNR_TOP = 100.0
"""Decibels at which PSNR ends: equal pictures have no finite one."""
SSIM_SIDE = 11
"""Pixels of SSIM's window, which a picture's sides must reach."""


def l1(a: Image, b: Image) -> float:
    """Mean absolute difference over pixels and channels, 0..1; 0 for equal pictures."""
    _same_size(a, b)
    return float(np.abs(to_unit(a).astype(np.float64) - to_unit(b)).mean())


def psnr(a: Image, b: Image) -> float:
    """Peak signal-to-noise ratio, 10 log10(255² / MSE) in dB, at most `PSNR_TOP`."""
    _same_size(a, b)
    error = float(np.square(a.astype(np.float64) - b).mean())
    return PSNR_TOP if error == 0 else min(PSNR_TOP, float(10 * np.log10(255**2 / error)))


def ssim(a: Image, b: Image) -> float:
    """Structural similarity, -1..1, with the Gaussian window of Wang et al. (IEEE TIP 2004), mean over channels.

    Raises:
        ImageError: The sizes differ, or a side is below `SSIM_SIDE` pixels.
        MissingExtraError: scikit-image is not installed.
    """
    _same_size(a, b)
    if min(a.shape[:2]) < SSIM_SIDE:
        raise ImageError(f"SSIM wants sides of {SSIM_SIDE} pixels or more, not {a.shape[1]}×{a.shape[0]}")
    try:
        from skimage.metrics import structural_similarity
    except ImportError as error:
        raise MissingExtraError("scikit-image", "photos") from error
    window = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    return float(structural_similarity(a, b, data_range=255, channel_axis=2, **window))


def lpips(a: Image, b: Image) -> float:
    """Learned perceptual distance, 0 and up (Zhang et al., arXiv 1801.03924), AlexNet.

    Wants the package ``lpips``, which is in no extra of ours since it brings torchvision; it downloads the weights of
    AlexNet when first used.

    Raises:
        ImageError: The sizes differ.
        ModelError: lpips is not installed.
    """
    _same_size(a, b)
    import torch

    network = _lpips_network()
    tensors = [torch.from_numpy(to_signed(image)).permute(2, 0, 1)[None] for image in (a, b)]
    with torch.inference_mode():
        return float(network(*tensors))


@lru_cache(maxsize=1)
def _lpips_network() -> Any:  # noqa: ANN401 (a class of the package)
    if not importlib.util.find_spec("lpips"):
        raise ModelError("LPIPS wants the package lpips, which brings torchvision: pip install lpips")
    return importlib.import_module("lpips").LPIPS(net="alex", verbose=False).eval()


def _same_size(a: Image, b: Image) -> None:
    if a.shape != b.shape:
        sizes = " and ".join(f"{image.shape[1]}×{image.shape[0]}" for image in (a, b))
        raise ImageError(f"pictures are compared at one size, not {sizes}")


@dataclass(frozen=True)
class Metric:
    """A measure of two pictures of one size."""

    of: Callable[[Image, Image], float]
    """The measure."""
    nearer: int
    """1 where a larger value means nearer, -1 where a smaller one does."""
    package: str = ""
    """What must be installed for it besides OmniEdit's own needs."""

    @property
    def available(self) -> bool:
        """Whether that is installed."""
        return not self.package or importlib.util.find_spec(self.package) is not None


METRICS: Mapping[str, Metric] = {
    "l1": Metric(l1, -1),
    "psnr": Metric(psnr, 1),
    "ssim": Metric(ssim, 1, "skimage"),
    "lpips": Metric(lpips, -1, "lpips"),
}
"""The measures of two pictures, by name."""


def measure(
    candidate: Candidate, ideal: Ideal | None = None, *, names: Iterable[str] = METRICS, clip: ClipScore | None = None
) -> dict[str, float | None]:
    """The edited picture against its source, the ideal edit and the words, as far as each is known.

    Args:
        candidate: What is measured.
        ideal: What a perfect editor would have made, of the same size; adds ``NAME_ideal`` to ``NAME_source``.
        names: Names of `METRICS`; those whose package is missing are left out.
        clip: Adds ``clip`` (result against the target caption, or without one the instruction), ``clip_image`` (result
            against source) and ``clip_direction`` (None without both captions).

    Raises:
        ImageError: The pictures differ in size, or are too small for a metric.
    """
    others = {"source": candidate.source} | ({} if ideal is None else {"ideal": ideal.image})
    values: dict[str, float | None] = {
        f"{name}_{other}": METRICS[name].of(candidate.result, image)
        for name in names
        if METRICS[name].available
        for other, image in others.items()
    }
    return values | ({} if clip is None else _clip_values(candidate, clip))


def _clip_values(candidate: Candidate, clip: ClipScore) -> dict[str, float | None]:
    before, after = candidate.proposal.source_caption, candidate.proposal.target_caption
    source, result = candidate.source, candidate.result
    return {
        "clip": clip.words(result, after or candidate.proposal.instruction),
        "clip_image": clip.images(source, result),
        "clip_direction": clip.direction(source, result, before, after) if before and after else None,
    }


# CLIP -----------------------------------------------------------------------------------------------------------------

Vectors = np.ndarray[Any, np.dtype[np.float64]]


class ClipScore:
    """Measures by the embeddings of a CLIP model (arXiv 2103.00020), which is loaded when first needed."""

    def __init__(self, weights: Path | str, device: str = "cpu") -> None:
        """Name the model: a folder or a Hub id of transformers' layout, with safetensors, tokenizer and preprocessor.

        Args:
            weights: For example ``"openai/clip-vit-large-patch14"``.
            device: Where torch is to run it.
        """
        self.weights = str(weights)
        self.device = device

    def words(self, image: Image, text: str) -> float:
        """CLIPScore, 100 max(cos(image, text), 0): 0..100 (Hessel et al., arXiv 2104.08718, Eq. 1, with weight 100)."""
        images, texts = self.embed([image], [text])
        return 100 * max(0.0, float(images[0] @ texts[0]))

    def images(self, a: Image, b: Image) -> float:
        """CLIP-I, cos(a, b): -1..1."""
        (first, second), _ = self.embed([a, b], [""])
        return float(first @ second)

    def direction(self, source: Image, result: Image, before: str, after: str) -> float | None:
        """Directional similarity, cos(result - source, after - before): -1..1 (StyleGAN-NADA, arXiv 2108.00946, Eq. 2).

        None where the pictures, or the captions, have the same embedding: there is no direction then.
        """
        images, texts = self.embed([source, result], [before, after])
        moves = images[1] - images[0], texts[1] - texts[0]
        lengths = [float(np.linalg.norm(move)) for move in moves]
        return float(moves[0] @ moves[1]) / (lengths[0] * lengths[1]) if min(lengths) > 0 else None

    def embed(self, images: list[Image], texts: list[str]) -> tuple[Vectors, Vectors]:
        """Embeddings of length 1, ``[images, d]`` and ``[texts, d]``. Texts are cut at what the model reads.

        Raises:
            MissingExtraError: transformers is not installed.
            ModelError: The weights cannot be loaded.
        """
        import torch

        model, tokenizer, processor = self._loaded
        longest = model.config.text_config.max_position_embeddings
        tokens = tokenizer(texts, padding=True, truncation=True, max_length=longest, return_tensors="pt")
        pixels = processor(images, input_data_format="channels_last", return_tensors="pt")
        inputs = {name: value.to(self.device) for name, value in {**tokens, **pixels}.items()}
        with torch.inference_mode():
            found = model(**inputs)
        vectors = (side.double().cpu().numpy() for side in (found.image_embeds, found.text_embeds))
        image_vectors, text_vectors = (side / np.linalg.norm(side, axis=1, keepdims=True) for side in vectors)
        return image_vectors, text_vectors

    @cached_property
    def _loaded(self) -> tuple[Any, Any, Any]:
        """Model, tokenizer and image processor."""
        try:
            from transformers import AutoImageProcessor, AutoTokenizer, CLIPModel
        except ImportError as error:
            raise MissingExtraError("transformers", "train") from error
        try:
            model = CLIPModel.from_pretrained(self.weights, use_safetensors=True).to(self.device).eval()
            tokenizer = AutoTokenizer.from_pretrained(self.weights)
            return model, tokenizer, AutoImageProcessor.from_pretrained(self.weights)
        except (OSError, ValueError) as error:
            raise ModelError(f"{self.weights} has no CLIP model that can be loaded: {error}") from error
