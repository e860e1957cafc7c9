"""The bank's operators who stop and start: one stops, two start."""

from __future__ import annotations

from datetime import datetime

from partner_adapters.core_bank.switches import Start, Stop, Switch, SwitchKind
from tests.support.houses.core import TestBank, new_intent


async def stop(
    bank: TestBank, kind: SwitchKind, name: str, until: datetime | None = None, operator: str = "duty"
) -> Switch:
    """One operator stops it."""
    command = Stop(reason="the network books twice", until=until)
    return await bank.switches(operator).stop(kind, name, command, new_intent())


async def ask_start(
    bank: TestBank, kind: SwitchKind, name: str, until: datetime | None = None, operator: str = "duty"
) -> Switch:
    """One operator asks to start it."""
    command = Start(reason="the network is mended", until=until)
    return await bank.switches(operator).start(kind, name, command, new_intent())


async def start(bank: TestBank, kind: SwitchKind, name: str) -> Switch:
    """Two operators start it."""
    await ask_start(bank, kind, name, operator="duty")
    return await ask_start(bank, kind, name, operator="second")
