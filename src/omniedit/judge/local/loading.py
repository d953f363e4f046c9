"""A model's folder or Hub id -> a model that judges and the processor of its inputs.

Pictures are prepared by the model's own rules in their plain PIL form, whether or not torchvision is installed: its
resampling differs in the last digits, and so would the scores. A judge sees no video, so the processor is made without
the part for it, which alone would need torchvision.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omniedit.errors import JudgeError, MissingExtraError
from omniedit.hashing import hash_file

HASHED = (".json", ".jinja", ".txt", ".model", ".safetensors")
"""Files of a model that could change a score, by their ends."""
ADAPTER = ("adapter_config.json", "adapter_model.safetensors")
"""Files of a LoRA."""
DTYPES = ("float32", "bfloat16", "float16")
"""Number formats that a model can be computed in."""


@dataclass(frozen=True, eq=False)
class VisionLanguageModel:
    """A model with the processor of its inputs."""

    model: Any
    """The transformers (or peft) model, on its device."""
    processor: Any
    """Its processor, without video; pads on the left."""
    hash: str
    """Hexadecimal digits over its files, or over the Hub's commit; with the adapter's."""

    @property
    def tokenizer(self) -> Any:  # noqa: ANN401 (transformers has no types)
        """The processor's tokenizer."""
        return self.processor.tokenizer

    @property
    def ends(self) -> list[int]:
        """Tokens that end a reply: the tokenizer's, which a distilled judge learns to say, and the model's own."""
        own = self.model.generation_config.eos_token_id
        listed = [self.tokenizer.eos_token_id, *(own if isinstance(own, list) else [own])]
        return sorted({token for token in listed if token is not None})


def load(source: str, *, adapter: Path | None = None, device: str = "", dtype: str = "") -> VisionLanguageModel:
    """Load a model for judging or for fine-tuning.

    Args:
        source: A folder, or a Hub id such as ``Qwen/Qwen2.5-VL-7B-Instruct`` or ``OpenGVLab/InternVL3-8B-hf``.
        adapter: Folder of a LoRA made by peft for this model.
        device: ``"cuda"``, ``"cpu"`` …; ``"auto"`` spreads the model over all GPUs; empty takes the GPU where there is
            one, and else the CPU.
        dtype: One of `DTYPES`; empty takes bfloat16 on a GPU and float32 on a CPU.

    Raises:
        MissingExtraError: transformers or peft is not installed.
        JudgeError: There is no such model, it does not see pictures, or it would need code from the Hub.
    """
    try:
        import transformers
    except ImportError as error:
        raise MissingExtraError("transformers", "train") from error
    import torch

    place = device or ("cuda" if torch.cuda.is_available() else "cpu")
    kind = getattr(torch, dtype or ("float32" if place == "cpu" else "bfloat16"))
    try:
        config = transformers.AutoConfig.from_pretrained(source)
        processor = _processor(source, type(config))
        model = transformers.AutoModelForImageTextToText.from_pretrained(
            source, dtype=kind, device_map="auto" if place == "auto" else None
        )
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise JudgeError(f"{source} cannot be loaded as a model that sees pictures: {_first_line(error)}") from error
    model = model if place == "auto" else model.to(place)
    own = _commit(config) or hash_files(Path(source))
    if adapter is not None:
        model, own = _adapted(model, adapter), _digest([own, hash_adapter(adapter)])
    loaded = VisionLanguageModel(model.eval(), processor, own)
    _calm(loaded)
    return loaded


def _processor(source: str, config: type) -> Any:  # noqa: ANN401 (transformers has no types)
    """The processor that goes with a model of class ``config``, for pictures and words alone.

    Raises:
        ValueError: The library has none for this class, or it needs more than these two, or it has no chat template.
    """
    from transformers import AutoImageProcessor, AutoTokenizer
    from transformers.models.auto.processing_auto import PROCESSOR_MAPPING

    if config not in PROCESSOR_MAPPING:
        raise ValueError(f"transformers has no processor for {config.__name__}: take a model with native support")
    kind = _without_video(PROCESSOR_MAPPING[config])
    parts = {
        "image_processor": AutoImageProcessor.from_pretrained(source, backend="pil"),
        "tokenizer": AutoTokenizer.from_pretrained(source, padding_side="left"),
    }
    wanted = kind.get_attributes()
    if set(wanted) != set(parts):
        raise ValueError(f"its processor needs {', '.join(wanted)}, not just pictures and words")
    stored, _ = kind.get_processor_dict(source)
    made = kind.from_args_and_dict([parts[name] for name in wanted], stored)
    made.chat_template = made.chat_template or made.tokenizer.chat_template
    if not made.chat_template:
        raise ValueError("it has no chat template: take the model's instruction-tuned variant")
    return made


def _without_video(processor: Any) -> Any:  # noqa: ANN401 (transformers has no types)
    """A processor class less its part for video."""

    def get_attributes(cls: type) -> list[str]:
        return [name for name in processor.get_attributes() if name != "video_processor"]

    return type(processor.__name__, (processor,), {"get_attributes": classmethod(get_attributes)})


def _adapted(model: Any, adapter: Path) -> Any:  # noqa: ANN401 (peft has no types)
    """The model with a LoRA on it."""
    try:
        from peft import PeftModel
    except ImportError as error:
        raise MissingExtraError("peft", "train") from error
    for name in ADAPTER:
        if not (adapter / name).is_file():
            raise JudgeError(f"{adapter} is no adapter: it has no {name}; name the folder that peft saved")
    try:
        with peft_unheard():
            return PeftModel.from_pretrained(model, str(adapter))
    except (RuntimeError, ValueError, OSError) as error:
        raise JudgeError(f"the adapter {adapter} does not fit its base model: {_first_line(error)}") from error


@contextlib.contextmanager
def peft_unheard() -> Iterator[None]:
    """Keep what peft and transformers tell each other of names to come from the person who waits."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        yield


def _calm(loaded: VisionLanguageModel) -> None:
    """Let nothing but the arguments of ``generate`` decide how a reply is made; some models come with penalties."""
    from transformers import GenerationConfig

    tokenizer = loaded.tokenizer
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    ends = loaded.ends
    plain = GenerationConfig(do_sample=False, eos_token_id=ends, pad_token_id=tokenizer.pad_token_id)
    getattr(loaded.model, "base_model", loaded.model).generation_config = plain
    loaded.model.generation_config = plain


# Hashes ---------------------------------------------------------------------------------------------------------------


def hash_files(folder: Path) -> str:
    """Hexadecimal SHA-256 over the names and contents of a model's files."""
    names = sorted(path.name for path in folder.iterdir() if path.suffix in HASHED and path.is_file())
    return _digest(part for name in names for part in (name, hash_file(folder / name)))


def hash_adapter(folder: Path) -> str:
    """Hexadecimal SHA-256 over a LoRA's weights and settings, wherever its base model lies."""
    settings = json.loads((folder / ADAPTER[0]).read_text(encoding="utf-8"))
    settings.pop("base_model_name_or_path", None)
    return _digest([json.dumps(settings, sort_keys=True), hash_file(folder / ADAPTER[1])])


def _commit(config: Any) -> str:  # noqa: ANN401 (transformers has no types)
    """The Hub's commit that a model was taken from; empty for a folder."""
    return getattr(config, "_commit_hash", None) or ""


def _digest(parts: Iterator[str] | list[str]) -> str:
    return hashlib.sha256("\x1e".join(parts).encode()).hexdigest()


def _first_line(error: Exception) -> str:
    """The first line of a library's message, which may run to pages."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)[:300]
