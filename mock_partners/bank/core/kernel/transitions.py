"""Transition tables: what may happen to a record in which state, and the state that it has afterwards.

Each room defines its tables in `states.py`. Commands and queries ask the table instead of comparing states.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

from partner_adapters.kit.values.problems import Problem

StateT = TypeVar("StateT", bound=StrEnum)
EventT = TypeVar("EventT", bound=StrEnum)


class IllegalTransition(ValueError):
    """The event cannot happen in this state, and no caller can cause it: this is a fault of the program."""


@dataclass(frozen=True)
class TransitionTable(Generic[StateT, EventT]):
    """The transitions of one kind of record, by event: each state in which it may happen, and the state after it.

    `refusals`: the problem that a caller is answered when the event is not possible in the state. An event without
    one is caused by the core itself.
    """

    subject: str
    moves: Mapping[EventT, Mapping[StateT, StateT]]
    refusals: Mapping[EventT, Callable[[StateT], Problem]] = field(default_factory=dict)

    def allows(self, state: StateT, event: EventT) -> bool:
        """Whether `event` may happen in `state`."""
        return state in self.moves[event]

    def next_state(self, state: StateT, event: EventT) -> StateT:
        """Return the state after `event`. Raises the event's problem, or `IllegalTransition` where it has none."""
        if self.allows(state, event):
            return self.moves[event][state]
        if event in self.refusals:
            raise self.refusals[event](state)
        raise IllegalTransition(f"{self.subject}: {event} is not possible in state {state}")

    def states_allowing(self, event: EventT) -> tuple[StateT, ...]:
        """Return the states in which `event` may happen, for conditions in SQL."""
        return tuple(self.moves[event])

    def is_final(self, state: StateT) -> bool:
        """Whether no event leads out of `state`."""
        return all(after.get(state, state) == state for after in self.moves.values())
