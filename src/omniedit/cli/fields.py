"""Options that hold JSON."""

from __future__ import annotations

import json
from typing import Any

from omniedit.errors import InputError


def json_fields(option: str, text: str | None) -> dict[str, Any] | None:
    """The fields that ``option`` holds as a JSON object; None where it is not given.

    Raises:
        InputError: ``text`` is not JSON, or no object.
    """
    if text is None:
        return None
    try:
        fields = json.loads(text)
    except ValueError as error:
        raise InputError(f"{option} is to be JSON, and {text!r} is not: {error}") from error
    if not isinstance(fields, dict):
        raise InputError(f'{option} is to be a JSON object, such as {{"seed": 1}}, not {text!r}')
    return fields
