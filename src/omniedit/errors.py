"""The exceptions of OmniEdit. Each message says what was wrong, in which file, which limit, and what to do.

OmniEditError                 everything below; the command line prints it without a traceback
├── InputError                what the user gave cannot be used
│   ├── ImageError            a picture cannot be read, is not what it claims, or breaks a limit
│   ├── InstructionError      an instruction is empty, too long, or asks for what a model never learned
│   ├── RecipeError           a recipe file does not parse, or has unknown or impossible settings
│   └── DataError             a folder, shard or table of pairs cannot be used
├── OutputError               the result cannot be written, or would overwrite a file
├── ModelError                a model folder is missing, incomplete or of another kind
├── JudgeError                a judge cannot be asked at all: no key, no such model, a cache that cannot be used
└── MissingExtraError         an optional dependency is not installed; the message has the install line
"""

from __future__ import annotations


class OmniEditError(Exception):
    """Anything that OmniEdit reports to a person."""


class InputError(OmniEditError):
    """What the user gave cannot be used."""


class ImageError(InputError):
    """A picture cannot be read, is not what it claims to be, or breaks a limit."""


class InstructionError(InputError):
    """An instruction is empty, too long, or asks for what the model never learned."""


class RecipeError(InputError):
    """A recipe does not parse, or has unknown or impossible settings."""


class DataError(InputError):
    """A folder, shard or table of pairs cannot be used."""


class OutputError(OmniEditError):
    """The result cannot be written, or would overwrite a file without being asked to."""


class ModelError(OmniEditError):
    """A model folder is missing, incomplete, or of another kind."""


class JudgeError(OmniEditError):
    """A judge cannot be asked at all: no key, no such model, a cache that cannot be used."""


class MissingExtraError(OmniEditError):
    """An optional dependency is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        """Name the missing ``package`` and the ``extra`` that brings it."""
        super().__init__(f'{package} is not installed: pip install "omniedit[{extra}]"')
