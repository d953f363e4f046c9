"""How much may be spent, and what was: calls, tokens and money, right to the call.

    reserve -> call -> pay (it was answered) -> release (those that were not)

Calls are reserved before they are made, in the order of the candidates, so that threads do not race for the last one.
What a call will cost is known only afterwards; until then it is taken to cost as much as the dearest so far, and under
a limit of money the first candidate goes alone. The limit is thus overdrawn by no more than what the first candidate
costs, or what later calls under way cost beyond the dearest before them.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from omniedit.errors import JudgeError


@dataclass(frozen=True)
class BudgetConfig:
    """Limits of one judge object, that is of one run, and prices."""

    max_calls: int | None = None
    """Most calls that may be paid for; None for no limit."""
    max_money: float | None = None
    """Most money that may be spent, in the currency of the prices; None for no limit."""
    input_price: float = 0.0
    """Money per million tokens read."""
    output_price: float = 0.0
    """Money per million tokens written."""

    def __post_init__(self) -> None:
        """Refuse a limit of money that nothing would count against.

        Raises:
            JudgeError: There is a limit of money but no price, or a number is negative.
        """
        if min(self.max_calls or 0, self.max_money or 0, self.input_price, self.output_price) < 0:
            raise JudgeError(f"limits and prices of a budget are at least 0, not {self}")
        if self.max_money is not None and not (self.input_price or self.output_price):
            raise JudgeError("a limit of money needs prices: give input_price and output_price per million tokens")

    def cost(self, input_tokens: int, output_tokens: int) -> float:
        """Money for so many tokens."""
        return (input_tokens * self.input_price + output_tokens * self.output_price) / 1_000_000


@dataclass(frozen=True)
class Spent:
    """What was paid since the judge was made; replies from the cache cost nothing and count nowhere."""

    calls: int = 0
    """Requests that were answered, and so paid."""
    failed: int = 0
    """Requests that were not: 429, 5xx, timeouts, dropped connections. Providers charge for few of them, if any."""
    input_tokens: int = 0
    """Tokens read, as the endpoint counts them."""
    output_tokens: int = 0
    """Tokens written, as the endpoint counts them."""
    money: float = 0.0
    """Their price."""


class Budget:
    """A purse that many threads share."""

    def __init__(self, config: BudgetConfig) -> None:
        """Start with nothing spent."""
        self.config = config
        self._lock = threading.Lock()  # used by `with` directly: see crew
        self._changed = threading.Condition(self._lock)
        self._calls = self._failed = self._input = self._output = self._reserved = 0
        self._dearest: float | None = None

    @property
    def spent(self) -> Spent:
        """What was paid so far."""
        with self._lock:
            return Spent(self._calls, self._failed, self._input, self._output, self._money)

    def reserve(self, calls: int) -> Reserved | None:
        """Put ``calls`` aside, all or none; waits while those under way could still make room.

        Returns:
            None where the budget is used up: the rest does not pay for so many calls.
        """
        with self._lock:
            while not self._affords(calls, self._reserved):
                if not self._affords(calls, 0):
                    return None
                self._changed.wait()
            self._reserved += calls
        return Reserved(self, calls)

    def pay(self, input_tokens: int, output_tokens: int) -> None:
        """Turn one reserved call into one that was paid."""
        with self._lock:
            self._reserved -= 1
            self._calls += 1
            self._input += input_tokens
            self._output += output_tokens
            self._dearest = max(self._dearest or 0.0, self.config.cost(input_tokens, output_tokens))
            self._changed.notify_all()

    def give_back(self, calls: int) -> None:
        """Free ``calls`` reserved calls that will not be paid for."""
        with self._lock:
            self._reserved -= calls
            self._changed.notify_all()

    def fail(self) -> None:
        """Count a request that was not answered."""
        with self._lock:
            self._failed += 1

    @property
    def _money(self) -> float:
        return self.config.cost(self._input, self._output)

    def _affords(self, calls: int, reserved: int) -> bool:
        """Whether ``calls`` more fit beside what was spent and ``reserved`` others."""
        if not calls:
            return True
        if self.config.max_calls is not None and self._calls + reserved + calls > self.config.max_calls:
            return False
        if self.config.max_money is None:
            return True
        if self._dearest is None:  # nobody knows yet what a call costs: one candidate finds out for all
            return not reserved and self.config.max_money > 0
        return self._money + (reserved + calls) * self._dearest <= self.config.max_money


@dataclass
class Reserved:
    """Calls put aside for one candidate."""

    budget: Budget
    """Whose they are."""
    calls: int
    """How many are left."""

    def pay(self, input_tokens: int | None, output_tokens: int | None) -> None:
        """Pay for one call that was answered, by the tokens that the endpoint counted (None: it did not say)."""
        self.calls -= 1
        self.budget.pay(input_tokens or 0, output_tokens or 0)

    def release(self) -> None:
        """Give back what is left; a second time does nothing."""
        self.budget.give_back(self.calls)
        self.calls = 0
