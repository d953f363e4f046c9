"""A contestant behind any OpenAI-compatible ``POST /v1/images/edits``: one request for each item, repeated if need be.

    answered with a picture                        the answer
    400 by the content filter                      a refusal of this item (InstructionError)
    429, 408, 409, 5xx, timeout, dropped, garbage  again, with exponential backoff and jitter; then UnansweredError
    401, 403, 404, no credit                       ModelError: no other item would fare better
    any other status                               UnansweredError at once

An UnansweredError is a crash of its item: it can be asked again with ``--retry-crashed``.
"""

from __future__ import annotations

import base64
import io
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np
import PIL.Image

from omniedit.bench.item import Item
from omniedit.errors import ImageError, InputError, InstructionError, ModelError
from omniedit.images import decode, encode
from omniedit.judge.remote.calls import AGAIN, REFUSALS, RetryConfig, UnansweredError, asked_wait, connect
from omniedit.judge.remote.endpoint import OPENAI
from omniedit.types import Image, Mask

if TYPE_CHECKING:
    import openai

FILTERED = (*REFUSALS, "moderation_blocked")
"""Error codes that mean that this item is declined."""
ALWAYS_BASE64 = ("gpt-image", "chatgpt-image")
"""Models that refuse to be asked for base64, since they answer with nothing else."""
ADVICE = {
    401: "the key was refused: set OPENAI_API_KEY to a key of this endpoint",
    403: "the key may not use {model} here: use another key or model",
    404: "there is no {model} that edits pictures at {url}: check the name, and --base-url, which usually ends in /v1",
}
"""What to do, by status, where no item would fare better."""


@dataclass(frozen=True)
class EditEndpointConfig:
    """Whom to ask, and how."""

    model: str
    """Name of the model, as the endpoint knows it."""
    base_url: str = OPENAI
    """Address of the endpoint, up to and with ``/v1``."""
    size: str = "auto"
    """Size to ask for, such as ``"1024x1024"``; the answer is brought to the photo's size."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Further fields of each request, such as ``{"quality": "high"}``; None leaves a field out."""
    masked: bool = False
    """Whether the mask of an item is sent, where the suite has one."""
    concurrency: int = 4
    """Most requests under way at a time."""
    timeout: float = 300.0
    """Seconds to wait for an endpoint that says nothing."""
    retry: RetryConfig = field(default_factory=RetryConfig)
    """When a request is repeated."""

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            ModelError: No model is named.
            InputError: No request may be under way.
        """
        if self.concurrency < 1:
            raise InputError("an endpoint is asked at least 1 thing at a time")
        if not self.model:
            raise ModelError("which model is to be asked? Name one that edits pictures, as endpoint:gpt-image-1")


class EditEndpoint:
    """The contestant. Such endpoints take no seed: asked again, they answer otherwise; so answers are kept."""

    here = False
    """Nothing is edited in this process."""
    sha256 = ""
    """Nobody knows its weights."""

    def __init__(self, config: EditEndpointConfig, *, api_key: str | None = None) -> None:
        """Get ready; nothing is sent yet.

        Args:
            config: Whom to ask, and how.
            api_key: Key of the endpoint; None takes ``OPENAI_API_KEY``. Endpoints other than OpenAI's may need none.

        Raises:
            MissingExtraError: ``openai`` is not installed.
            ModelError: There is no key for OpenAI.
        """
        self.config = config
        self.concurrency = config.concurrency
        self._client = connect(config.base_url, _key(api_key, config.base_url), config.timeout)

    def __call__(self, item: Item, seed: int) -> Image:
        """The model's answer to ``item``, of whatever size it has.

        Raises:
            InstructionError: The content filter declines it.
            ModelError: The endpoint refuses the key or the model.
            UnansweredError: No picture came.
        """
        fields, tries = self._fields(item), 0
        while True:
            found = self._try(fields)
            if not isinstance(found, _Failure):
                return found
            tries += 1
            if tries >= self.config.retry.attempts:
                raise UnansweredError(f"{found.reason}, after {tries} tries")
            if (found.asked or 0.0) > self.config.retry.patience:
                raise UnansweredError(f"{found.reason}, and asks to wait {found.asked:,.0f} s")
            time.sleep(self.config.retry.wait(tries, found.asked))

    def _fields(self, item: Item) -> dict[str, Any]:
        config = self.config
        fields: dict[str, Any] = {"model": config.model, "prompt": item.instruction, "size": config.size, "n": 1}
        if not config.model.startswith(ALWAYS_BASE64):
            fields["response_format"] = "b64_json"
        own = {name: config.extra[name] for name in fields.keys() & config.extra.keys()}
        fields = {name: value for name, value in {**fields, **own}.items() if value is not None}
        further = {name: value for name, value in config.extra.items() if name not in own and value is not None}
        pictures = {"image": ("image.png", encode(item.photo.image), "image/png")}
        if config.masked and item.mask is not None:
            pictures["mask"] = ("mask.png", _as_mask(item.mask), "image/png")
        return {**fields, **pictures, **({"extra_body": further} if further else {})}

    def _try(self, fields: dict[str, Any]) -> Image | _Failure:
        import openai

        try:
            response = self._client.images.with_raw_response.edit(**fields)
        except openai.APIStatusError as error:
            return self._judged(error)
        except openai.APITimeoutError:
            return _Failure("no answer in time")
        except openai.APIConnectionError as error:
            return _Failure(f"no connection ({error.__cause__ or error})")
        try:
            return _picture(response.http_response.text)
        except (ValueError, LookupError, TypeError, ImageError) as error:
            return _Failure(f"the answer holds no picture: {error!r}")

    def _judged(self, error: openai.APIStatusError) -> _Failure:
        """What a status means: try again, give this item up, or give all up."""
        status, said = error.status_code, f"HTTP {error.status_code}: {error.message}"
        if status == 429 and error.code == "insufficient_quota":
            raise ModelError(f"{said}\nthe account has no credit left: add some, then run the same command again")
        if status in AGAIN or status >= 500:
            return _Failure(said, asked_wait(error.response.headers))
        if error.code in FILTERED:
            raise InstructionError(f"the endpoint's content filter declines: {error.message}")
        if status in ADVICE:
            url = str(self._client.base_url).rstrip("/")
            advice = ADVICE[status].format(model=self.config.model, url=url)
            raise ModelError(f"{url} answers {self.config.model} with {said}\n{advice}")
        raise UnansweredError(said)


@dataclass(frozen=True)
class _Failure:
    """Why one request got no picture, and after how many seconds the endpoint asks to come back, if it does."""

    reason: str
    asked: float | None = None


def _picture(body: str) -> Image:
    """The first picture of an answer, given as JSON."""
    first = json.loads(body)["data"][0]
    if not first.get("b64_json"):
        raise ValueError("it has no b64_json")
    return decode(base64.b64decode(first["b64_json"], validate=True), "the picture").image


def _as_mask(mask: Mask) -> bytes:
    """A PNG that is transparent where the edit may be, as the API wants it."""
    alpha = np.where(mask > 0, 0, 255).astype(np.uint8)
    buffer = io.BytesIO()
    PIL.Image.fromarray(np.dstack([np.zeros((*mask.shape, 3), np.uint8), alpha])).save(buffer, "PNG")
    return buffer.getvalue()


def _key(api_key: str | None, base_url: str) -> str:
    key = api_key or os.environ.get("OPENAI_API_KEY", "")
    if not key and urlsplit(base_url).hostname == urlsplit(OPENAI).hostname:
        raise ModelError("OpenAI wants a key: set OPENAI_API_KEY, or name another endpoint with --base-url")
    return key or "none"
