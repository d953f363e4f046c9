"""The privileged judge of scenes: it knows the ideal edit, and scores how near a candidate comes (plays GPT-4o's part).

    vision       how it looks at pictures: one size, OKLab, a little blurred, lines and texture
    case         candidate and ideal side by side, the ideal moved to where the instruction lets the result have it
      placement    the place of a new object that is nearest to the result
    success      SC, first score: how much of what was asked is done
    restraint    SC, second score: how much of the rest stayed
    artefacts    PQ: blur, grain, seams, ghosts and clipping that neither the source nor the ideal has

What the instruction leaves open is forgiven: the place of a new object, a shade of a new colour, the texture behind a
removed object, the strength of a night. An unchanged picture has success 0 and the ideal has 10, exactly.
"""

from omniedit.judge.oracle.judge import Oracle, OracleConfig

__all__ = ["Oracle", "OracleConfig"]
