"""What each action asks of the check behind it: which methods, how strong, how long ago. Data, for both sides.

h5app asks for a check before it sends a command; the bank holds to its own policy whatever h5app says.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, model_validator

from partner_adapters.identity.errors import Code, IdentityUntrusted
from partner_adapters.identity.identity import Check
from partner_adapters.kit.values.settings import Settings

# How far clocks may differ.
SKEW_S = 5
STEP_UP_S = 300
LOGIN_S = 43_200

Action = Literal["login", "account_opening", "contract_signing", "drawdown", "withdrawal", "card_change"]


class Way(Settings):
    """One way to be sure enough. `methods`: RFC 8176 names that must all have been used (`face`; `card`, `sms`)."""

    by: Literal["partner", "bank"] = "partner"
    """Who must have checked: the partner, or the bank itself. The word of one never stands for the other's."""
    methods: tuple[str, ...] = ("face",)
    assurance: tuple[str, ...] = ()
    """Levels of the partner's of which one must be said; empty: none is asked for."""
    max_age_s: int = Field(default=STEP_UP_S, ge=30)
    undated: bool = False
    """The time of the check need not be known: for hosts that redeem a ticket at once and say no more. A login only."""
    limit_fen: Annotated[int, Field(gt=0)] | None = None
    """The most that one action may move in this way; None: the product's own limits."""

    def refusal(self, seen: Check, now: datetime, spare_s: int = 0) -> IdentityUntrusted | None:
        """Why a check does not do; None if it does. `spare_s`: it must still do that many seconds from now."""
        if not set(self.methods) <= set(seen.methods):
            return IdentityUntrusted(Code.WEAK, "amr")
        if self.assurance and seen.assurance not in self.assurance:
            return IdentityUntrusted(Code.WEAK, "acr")
        if seen.verified_at is None:
            return None if self.undated else IdentityUntrusted(Code.STALE, "no time of the check")
        age_s = (now - seen.verified_at).total_seconds()
        if age_s < -SKEW_S:
            return IdentityUntrusted(Code.NOT_YET_VALID, "checked in the future")
        return IdentityUntrusted(Code.STALE) if age_s > self.max_age_s + SKEW_S - spare_s else None


def card_and_sms(limit_fen: int | None = None) -> Way:
    """The way without face: the bank asks the card network about the elements, and the card's phone for a code."""
    return Way(by="bank", methods=("card", "sms"), limit_fen=limit_fen)


Ways = Annotated[tuple[Way, ...], Field(min_length=1)]


class StepUpPolicy(Settings):
    """For each action the ways that do, best first; the first is the one a person is sent on.

    The limits without face are our proposals: a bank sets its own.
    """

    login: Ways = (Way(max_age_s=LOGIN_S),)
    account_opening: Ways = (Way(), card_and_sms())
    contract_signing: Ways = (Way(), card_and_sms(5_000_000))
    drawdown: Ways = (Way(), card_and_sms(5_000_000))
    withdrawal: Ways = (Way(), card_and_sms(1_000_000))
    card_change: Ways = (Way(), card_and_sms())

    @model_validator(mode="after")
    def _knows_the_time(self) -> StepUpPolicy:
        # Of unknown age, the same evidence would serve for ever.
        for action in type(self).model_fields:
            if action != "login" and any(way.undated for way in getattr(self, action)):
                raise ValueError(f"{action}: a check of unknown time does for a login only: undated")
        return self

    def ways(self, action: Action) -> tuple[Way, ...]:
        ways: tuple[Way, ...] = getattr(self, action)
        return ways

    def by_card(self, action: Action) -> Way | None:
        """The bank's own way for this action, if it has one."""
        return next((way for way in self.ways(action) if way.by == "bank"), None)


def accept(
    ways: tuple[Way, ...], seen: Check, now: datetime, by: Literal["partner", "bank"] = "partner"
) -> Way:
    """The first way that does for a check made `by` whom. Raises `IdentityUntrusted` with what the best way lacks."""
    mine = [way for way in ways if way.by == by]
    refusals = [way.refusal(seen, now) for way in mine]
    for way, refusal in zip(mine, refusals, strict=True):
        if refusal is None:
            return way
    raise next(filter(None, refusals), IdentityUntrusted(Code.WEAK, "no such way"))
