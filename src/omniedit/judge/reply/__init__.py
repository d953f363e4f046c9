"""What a language model answered -> scores, or the reason why none could be read without guessing (promise 3).

    reply -> answer (no thinking) -> last verdict in it -> as many scores as were asked -> numbers on the asked scale

The rules, each with its examples in ``tests/judge/replies``:

* The last verdict counts, readable or not: what was quoted, echoed or thought before it cannot win, and neither can it
  when the last one is broken.
* A verdict is an object with scores (JSON, a Python or JavaScript literal, or one cut off behind its scores), a line
  such as ``**Success**: 8/10`` for each criterion, a list that stands alone on its line, or nothing but the scores.
* Scores go by the criteria's names or, in a list, by their order. There must be exactly as many as were asked.
* A score is one decimal number within the asked scale: no word, no range, no percentage, no decimal comma, no clipping.
"""

from omniedit.judge.reply.reading import MAX_LENGTH, Reading, read_reply
from omniedit.judge.reply.verdict import verdict_of

__all__ = ["MAX_LENGTH", "Reading", "read_reply", "verdict_of"]
