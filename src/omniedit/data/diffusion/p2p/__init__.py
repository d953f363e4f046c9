"""Prompt-to-Prompt (arXiv 2208.01626): a picture and its edit, generated together from two prompts.

    made = prompt_to_prompt(pipeline, "a blue backpack on a bench", "a purple backpack on a bench", mask=where)
    made.source, made.edits[0], made.masks[0]

The letters, here and in the modules below:

| letter | is | shape |
|---|---|---|
| P, P* | the source's prompt and the edit's | |
| L | tokens that the text encoder reads of a prompt, padding included | |
| R | rows of a batch: of each pair the source, then its edits | |
| z, z* | latents of the source and of the edit | `[R, C, h, w]` |
| M, M* | cross-attention maps: how much pixel i looks at token j | `[R, heads, n, L]`, n pixels |
| M̂ | Edit(M, M*, t): the maps that the edit gets in place of M* | as M |
| A | alignment: A[i, j] is the part of source token i's map that edit token j takes | `[L, L]` |
| c | weight of a token in re-weighting | `[L]` |
| τ | share of the sampling steps, from the noisy end, through which something is held | 0..1 |
| α | where the edit is free; elsewhere z* is z | `[R, 1, h, w]` |

`alignment` two prompts -> A · `schedule` the τ · `attention` M, M* -> M̂, inside a UNet · `masks` α ·
`prompts` words -> embeddings · `plan` a batch · `sampler` the loop · `generate` pictures ·
`specialists` Photo + Proposal -> Candidate.
"""

from __future__ import annotations

from omniedit.data.diffusion.p2p.alignment import Alignment, Prompt, align
from omniedit.data.diffusion.p2p.generate import Edited, edit_pairs, prompt_to_prompt
from omniedit.data.diffusion.p2p.plan import PairPrompts
from omniedit.data.diffusion.p2p.schedule import ATTRIBUTE, ENVIRONMENT, PLAIN, LocalBlend, Recipe, Schedule
from omniedit.data.diffusion.p2p.specialists import AttributeByPrompt, EnvironmentByPrompt, written_photo

__all__ = [
    "ATTRIBUTE",
    "ENVIRONMENT",
    "PLAIN",
    "Alignment",
    "AttributeByPrompt",
    "Edited",
    "EnvironmentByPrompt",
    "LocalBlend",
    "PairPrompts",
    "Prompt",
    "Recipe",
    "Schedule",
    "align",
    "edit_pairs",
    "prompt_to_prompt",
    "written_photo",
]
