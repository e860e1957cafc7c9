"""The bank's operators: one stops, and two start. One proposes how a difference is resolved, another confirms."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from partner_adapters.core_bank.blacklist import (
    BlacklistEntry,
    BlacklistReason,
    DecideBlacklist,
    LiftBlacklistEntry,
    ProposeBlacklistEntry,
)
from partner_adapters.core_bank.changes import Change, ChangeKind, DecideChange, ProposeChange
from partner_adapters.core_bank.differences import (
    ConfirmResolution,
    Difference,
    ProposeResolution,
    Resolution,
)
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


async def propose(
    bank: TestBank, found: Difference, action: Resolution, who: str = "clerk", account_id: str | None = None
) -> int:
    """One person proposes it. Return the proposal's number."""
    command = ProposeResolution(action=action, reason="the network says so", account_id=account_id)
    shown = await bank.differences(who).propose(found.difference_id, command, new_intent())
    assert shown.state == "proposed"
    return shown.steps[-1].number


async def confirm(
    bank: TestBank, found: Difference, proposal: int, who: str = "supervisor", key: str | None = None
) -> Difference:
    """Another person confirms it."""
    command = ConfirmResolution(proposal=proposal, reason="checked with the network")
    return await bank.differences(who).confirm(found.difference_id, command, key or new_intent())


async def resolve(
    bank: TestBank, found: Difference, action: Resolution, account_id: str | None = None
) -> None:
    """Two persons resolve it, and the text messages about it are sent."""
    proposal = await propose(bank, found, action, account_id=account_id)
    assert (await confirm(bank, found, proposal)).state == "resolved"
    await bank.work()


async def blacklist(
    bank: TestBank, subject: str, days: int = 90, reason: BlacklistReason = "misuse", bank_id: str = "hzw"
) -> int:
    """Two persons put the subject on the bank's own list, from today on. Return the entry's number."""
    today = bank.clock.today()
    command = ProposeBlacklistEntry(
        subject=subject,
        reason=reason,
        source="回访时发现，贷款用于炒股",
        begins_on=today,
        ends_on=today + timedelta(days=days),
    )
    number = (await bank.blacklist(bank_id=bank_id).propose(command, new_intent())).number
    await decide_blacklist(bank, number, bank_id=bank_id)
    return number


async def decide_blacklist(
    bank: TestBank, number: int, approve: bool = True, who: str = "approver", bank_id: str = "hzw"
) -> BlacklistEntry:
    """One person decides about what waits."""
    decision = DecideBlacklist(approve=approve, note="看过材料")
    return await bank.blacklist(who, bank_id).decide(number, decision, new_intent())


async def lift_blacklist(bank: TestBank, number: int) -> BlacklistEntry:
    """Two persons lift the entry."""
    await bank.blacklist().propose_lift(number, LiftBlacklistEntry(note="搞错了人"), new_intent())
    return await decide_blacklist(bank, number)


async def change(
    bank: TestBank, kind: ChangeKind, name: str, content: dict[str, Any], on: date, layer: str = "hzw"
) -> Change:
    """Two persons change it from a day on."""
    what = "parameter" if kind == "parameter" else "product"
    command = ProposeChange(kind=kind, name=name, content=content, effective_on=on, reason="the market")
    proposed = await bank.changes(what, layer=layer).propose(command, new_intent())
    approve = DecideChange(approve=True, reason="checked")
    approved = await bank.changes(what, "checker", layer).decide(proposed.number, approve, new_intent())
    await bank.core.parameters.refresh()
    return approved
