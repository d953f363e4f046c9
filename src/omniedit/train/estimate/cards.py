"""What graphics cards can do at best, and how much of it a run uses (model-FLOPs utilisation)."""

from __future__ import annotations

import re

PEAKS: dict[str, float] = {
    # Dense, in bfloat16 with sums in single precision; data sheets give twice as much "with sparsity".
    "GH200": 989.4e12,  # NVIDIA GH200 data sheet (its GPU is an H100 SXM)
    "H200 NVL": 835.5e12,  # NVIDIA H200 data sheet
    "H200": 989.4e12,  # NVIDIA H200 data sheet (SXM)
    "H100 NVL": 835.5e12,  # NVIDIA H100 data sheet
    "H100 PCIe": 756.4e12,  # NVIDIA H100 architecture white paper, table 3
    "H100 SXM": 989.4e12,  # the same
    "H100 80GB HBM3": 989.4e12,  # the same card, by the name that its driver gives
    "A100": 312e12,  # NVIDIA A100 data sheet: SXM and PCIe, 40 and 80 GB
    "A40": 149.7e12,  # NVIDIA A40 data sheet
    "A30": 165e12,  # NVIDIA A30 data sheet
    "L40S": 362.05e12,  # NVIDIA L40S data sheet
    "L4": 121e12,  # NVIDIA L4 data sheet
    "L40": 181.05e12,  # NVIDIA L40 data sheet
    "RTX A6000": 154.8e12,  # NVIDIA GA102 architecture white paper, appendix
    "RTX 5090": 209.5e12,  # NVIDIA RTX Blackwell architecture white paper, appendix A
    "RTX 4090": 165.2e12,  # NVIDIA Ada architecture white paper, appendix A
    "RTX 4080": 97.5e12,  # the same
    "RTX 3090 Ti": 80e12,  # NVIDIA GA102 architecture white paper: 40 TFLOPS of the CUDA cores, twice
    "RTX 3090": 71e12,  # NVIDIA GA102 architecture white paper, appendix A
    "MI300X": 1307.4e12,  # AMD Instinct MI300X data sheet
}
"""Words in the name of a card, as ``torch.cuda.get_device_name`` gives it -> FLOPs per second at best."""

OTHERS = re.compile(r"\b(Laptop|Max-Q|SUPER|Ada|MIG|D)\b")
"""Words that make another card of a known name, or a part of one."""


def peak(card: str) -> float | None:
    """FLOPs per second of ``card`` at best; None for one that is not known: it is never guessed."""
    known = [name for name in PEAKS if re.search(rf"\b{name}\b", card)]
    return PEAKS[max(known, key=len)] if known and not OTHERS.search(card) else None


def utilisation(flops_per_step: float, seconds: float, card: str, devices: int = 1) -> float | None:
    """Model-FLOPs utilisation (PaLM, arXiv 2204.02311, appendix B): share of the cards' best that a step uses.

    Args:
        flops_per_step: of the whole batch, forward and backward, without what gradient checkpointing computes again.
        seconds: that the step took.
        card: as ``torch.cuda.get_device_name`` says it.
        devices: how many such cards.

    Returns:
        0..1; None for a card that is not known.
    """
    best = peak(card)
    return None if best is None else flops_per_step / (seconds * best * devices)
