"""Words -> vectors: a small embedded table of words (nano), or CLIP-L, CLIP-G and T5 (SD3).

embedding   what an encoder gives
embedded    the table that ships with the package
sd3         the three encoders of Stable Diffusion 3
"""

from omniedit.model.text.embedded import ASSETS, TextConfig, TextEncoder, word_piece
from omniedit.model.text.embedding import Reads, Text
from omniedit.model.text.sd3 import SD3TextConfig, SD3TextEncoder

__all__ = ["ASSETS", "Reads", "SD3TextConfig", "SD3TextEncoder", "Text", "TextConfig", "TextEncoder", "word_piece"]
