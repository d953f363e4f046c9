"""EditNet's rivals, which the paper and its users compare it with, each an ``EditingNetwork``.

controlnet        a control branch with states of its own (Figure 4b), and with the text updated too
channel_concat    the source picture in further input channels (Figure 4c)
sequence_concat   the source picture in further tokens (FLUX Kontext, Qwen-Image-Edit)
inpaint           channels of a masked picture and its mask: the specialists' own model
"""

from __future__ import annotations

from omniedit.model.rivals.channel_concat import ChannelConcat
from omniedit.model.rivals.controlnet import ControlNet, ControlNetText
from omniedit.model.rivals.inpaint import Inpaint
from omniedit.model.rivals.sequence_concat import SequenceConcat

__all__ = ["ChannelConcat", "ControlNet", "ControlNetText", "Inpaint", "SequenceConcat"]
