"""The embedded text encoder: a table of static token vectors distilled from all-MiniLM-L6-v2, read with WordPiece.

A token's vector is MiniLM's own embedding of that token alone, reduced by PCA (the idea of Model2Vec); word order is
added as sinusoids and context is left to the model's joint attention. The table knows the whole WordPiece vocabulary,
so words that no template uses still land near words that some do. ``scripts/distill_text_table.py`` makes it; loading
it imports neither transformers nor its models.

Letters: B batch, L tokens (fixed: instructions are padded, so that a batch never changes a result), E width of a token.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor

from omniedit.errors import InstructionError, ModelError
from omniedit.model.text.embedding import Text

ASSETS = Path(__file__).parents[1] / "assets" / "text"
"""The shipped table and vocabulary."""


@dataclass(frozen=True, kw_only=True)
class TextConfig:
    """Settings of the embedded text encoder."""

    length: int = 24
    """Tokens per instruction; longer ones are refused."""
    position_width: int = 16
    """Channels that carry the word's place."""


class TextEncoder:
    """Instructions -> token vectors, by look-up. The pooled text is the mean of the tokens, up to scale."""

    kind = "embedded"

    def __init__(self, tokenizer: Tokenizer, table: Tensor, config: TextConfig | None = None) -> None:
        """Use ``table`` (``float32 [vocabulary, width]``) for the tokens of ``tokenizer``."""
        self.config = config or TextConfig()
        self.tokenizer = tokenizer
        self.table = table
        self.positions = _sinusoids(self.config.length, self.config.position_width)

    @property
    def token_width(self) -> int:
        """E, the ``joint_attention_dim`` of a model that reads this text."""
        return int(self.table.shape[1]) + self.config.position_width

    @property
    def pooled_width(self) -> int:
        """P, the ``pooled_projection_dim`` of a model that reads this text."""
        return int(self.table.shape[1])

    def __call__(self, instructions: Sequence[str]) -> Text:
        """Embed instructions; the empty string is the unconditional text.

        Raises:
            InstructionError: an instruction has more than ``config.length`` tokens.
        """
        rows, used = self._ids(instructions)
        vectors = self.table[rows] * used.unsqueeze(-1)
        pooled = vectors.sum(1) / used.sum(1, keepdim=True).clamp_min(1).sqrt()
        positions = self.positions * used.unsqueeze(-1)
        return Text(torch.cat([vectors, positions], dim=-1), pooled)

    def fits(self, instruction: str) -> bool:
        """Whether the instruction is short enough to be read."""
        return len(self.tokenizer.encode(instruction, add_special_tokens=False).ids) <= self.config.length

    def _ids(self, instructions: Sequence[str]) -> tuple[Tensor, Tensor]:
        """Token ids ``[B, L]``, padded with 0, and 1.0 where a token stands."""
        length = self.config.length
        ids, used = torch.zeros(len(instructions), length, dtype=torch.long), torch.zeros(len(instructions), length)
        for row, encoding in enumerate(self.tokenizer.encode_batch(list(instructions), add_special_tokens=False)):
            count = len(encoding.ids)
            if count > length:
                raise InstructionError(
                    f"the instruction has {count} word pieces and this model reads {length}: say it more briefly: "
                    f"{instructions[row]!r}"
                )
            ids[row, :count] = torch.tensor(encoding.ids, dtype=torch.long)
            used[row, :count] = 1
        return ids, used

    @classmethod
    def from_pretrained(cls, folder: Path | str = ASSETS) -> TextEncoder:
        """Load ``vocab.txt``, ``table.safetensors`` (int8 rows with their scales) and ``config.json`` from ``folder``.

        Raises:
            ModelError: a file is missing.
        """
        folder = Path(folder)
        try:
            stored = load_file(folder / "table.safetensors")
            words = (folder / "vocab.txt").read_text(encoding="utf-8").split("\n")
            config = TextConfig(**json.loads((folder / "config.json").read_text()))
        except FileNotFoundError as error:
            raise ModelError(f"the text encoder in {folder} is incomplete: {error.filename} is missing") from error
        return cls(word_piece(words), stored["rows"].float() * stored["scales"], config)

    def save_pretrained(self, folder: Path | str) -> None:
        """Write the three files that :meth:`from_pretrained` reads."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        scales = self.table.abs().amax(dim=1, keepdim=True).clamp_min(1e-8) / 127
        rows = (self.table / scales).round().to(torch.int8)
        save_file({"rows": rows, "scales": scales}, folder / "table.safetensors")
        vocabulary = self.tokenizer.get_vocab()
        words = sorted(vocabulary, key=lambda word: vocabulary[word])
        (folder / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
        (folder / "config.json").write_text(json.dumps(asdict(self.config), indent=2) + "\n")


def word_piece(words: Sequence[str]) -> Tokenizer:
    """BERT's uncased WordPiece tokenizer (arXiv 1810.04805) over ``words``, whose order is their id."""
    from tokenizers import models, normalizers, pre_tokenizers

    model = models.WordPiece({word: i for i, word in enumerate(words)}, unk_token="[UNK]")
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer


def _sinusoids(length: int, width: int) -> Tensor:
    """Sinusoids ``[length, width]`` of a word's place (arXiv 1706.03762, section 3.5), base 100 for short texts."""
    place = torch.arange(length).unsqueeze(1)
    rate = 100.0 ** (-torch.arange(0, width, 2) / width)
    return torch.cat([torch.sin(place * rate), torch.cos(place * rate)], dim=1)
