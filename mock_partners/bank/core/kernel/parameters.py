"""The parameters that apply at each bank on each day, held in memory because every request reads them."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from sqlalchemy import Connection

from mock_partners.bank.core.kernel.dated_changes import (
    ChangeRecord,
    count_decisions,
    in_effect,
    install_first,
    read_changes,
)
from mock_partners.bank.core.kernel.settings import PROVINCE, Parameters
from partner_adapters.kit.durable.store import DatabaseAway, Store

FIRST_VALUES = Path(__file__).with_name("parameters.toml")
# How soon a node sees a change that another node approved. A change never applies before the next day.
EVERY_S = 1.0


@dataclass(frozen=True)
class InEffect:
    """The value of one parameter at a bank on a day, and the change that says so."""

    name: str
    value: Any
    change: ChangeRecord


class ParameterBook:
    """Every approved parameter change of all layers, as last read from the database."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._decisions = -1
        self._changes: Sequence[ChangeRecord] = ()
        # By bank and day; emptied when a decision came.
        self._values: dict[tuple[str, date], Parameters] = {}

    def on(self, bank_id: str, day: date) -> Parameters:
        """Return the parameters of a bank on a day."""
        key = (bank_id, day)
        if key not in self._values:
            self._values[key] = parameters_on(self._changes, bank_id, day)
        return self._values[key]

    async def refresh(self) -> None:
        """Read the changes again if there was a decision since. Raises `DatabaseAway`."""
        await self._store.read(self._read)

    async def keep(self) -> NoReturn:
        """Refresh every `EVERY_S` seconds until cancelled."""
        while True:
            with suppress(DatabaseAway):
                await self.refresh()
            await asyncio.sleep(EVERY_S)

    def _read(self, conn: Connection) -> None:
        decisions = count_decisions(conn)
        if decisions == self._decisions:
            return
        self._changes = read_changes(conn, None, ["parameter"], approved_only=True)
        self._values, self._decisions = {}, decisions


def parameters_on(changes: Sequence[ChangeRecord], bank_id: str, day: date) -> Parameters:
    """Return the parameters of a bank on a day."""
    # The first values hold before their first day too, and until the database was read.
    first = {name: each["value"] for name, each in first_values().items()}
    stated = {each.name: each.value for each in parameters_in_effect(changes, bank_id, day)}
    return Parameters.model_validate(first | stated)


def parameters_in_effect(changes: Sequence[ChangeRecord], bank_id: str, day: date) -> Iterator[InEffect]:
    """Yield each parameter that a change states for this day: the bank's own before the province's."""
    for name in dict.fromkeys(each.name for each in changes):
        of_name = [each for each in changes if each.name == name]
        own = in_effect(of_name, bank_id, day)
        # A bank takes the province's again by a change without a value.
        found = own if own and own.content["value"] is not None else in_effect(of_name, PROVINCE, day)
        if found is not None:
            yield InEffect(name, found.content["value"], found)


def install_first_values(conn: Connection, now: datetime) -> None:
    """Store the first value of each parameter that the province has no change of."""
    known = {each.name for each in read_changes(conn, [PROVINCE], ["parameter"])}
    for name, first in first_values().items():
        if name not in known:
            content = {"value": first["value"]}
            install_first(conn, "parameter", name, content, first["effective_on"], now)


@cache
def first_values() -> Mapping[str, Any]:
    """Return what the committed file says of each parameter: `value` and `effective_on`."""
    return tomllib.loads(FIRST_VALUES.read_text("utf-8"))
