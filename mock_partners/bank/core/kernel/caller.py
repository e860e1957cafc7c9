"""Callers by kind: a partner's client, staff of the bank, one of the bank's own jobs, or an outside party's notice."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PartnerClient:
    """A partner's program with an access token of scope `api`: it sees the customers whom the partner linked."""

    partner: str


@dataclass(frozen=True)
class Staff:
    """An operator of the bank, by client id."""

    operator: str


@dataclass(frozen=True)
class BankJob:
    """The bank itself: a regular job, the start of the program, or work that such a job left in the outbox."""

    name: str


@dataclass(frozen=True)
class Notice:
    """A signed notice of an outside party, by the name of its source."""

    source: str


Caller = PartnerClient | Staff | BankJob | Notice


class NotAPartner(Exception):
    """A partner was required, but the caller is not a partner's client. This is a fault of the program."""

    def __init__(self, caller: Caller) -> None:
        super().__init__(f"{caller} is not a partner's client")


class NotStaff(Exception):
    """An operator was required, but the caller is not one. This is a fault of the program."""

    def __init__(self, caller: Caller) -> None:
        super().__init__(f"{caller} is not an operator of the bank")


def partner_of(caller: Caller) -> str:
    """Return the partner whose client calls. Raises `NotAPartner`."""
    if not isinstance(caller, PartnerClient):
        raise NotAPartner(caller)
    return caller.partner


def staff_of(caller: Caller) -> str:
    """Return the operator who calls. Raises `NotStaff`."""
    if not isinstance(caller, Staff):
        raise NotStaff(caller)
    return caller.operator
