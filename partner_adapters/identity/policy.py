"""Which checks each action accepts: methods, level, age and limit, as data for h5app and for the bank.

h5app asks for a check before it sends a command. The bank decides by its own policy, whatever h5app says.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, model_validator

from partner_adapters.identity.clocks import DEFAULT_SKEW_S
from partner_adapters.identity.errors import Code, IdentityUntrusted
from partner_adapters.identity.identity import Check
from partner_adapters.kit.values.settings import Settings

STEP_UP_S = 300
LOGIN_S = 43_200
# A check that was made before the freeze must not lift it: it has to be of this moment.
LIFTING_S = 90

Action = Literal[
    "login",
    "account_opening",
    "account_lifting",
    "account_closing",
    "top_up",
    "contract_signing",
    "drawdown",
    "withdrawal",
    "card_change",
    "limit_change",
    "class_raise",
    "card_repayment",
]


class AcceptedCheck(Settings):
    """One kind of check that an action accepts. All of its `methods` (RFC 8176 names) must have been used."""

    by: Literal["partner", "bank"] = "partner"
    """Who must have checked: the partner, or the bank itself. A statement of one never stands for the other's."""
    methods: tuple[str, ...] = ("face",)
    assurance: tuple[str, ...] = ()
    """Accepted levels, as the partner names them. Empty: any level."""
    max_age_s: int = Field(default=STEP_UP_S, ge=30)
    undated: bool = False
    """Accept a check without a time, for `login` at hosts that redeem a ticket at once and state nothing else."""
    limit_fen: Annotated[int, Field(gt=0)] | None = None
    """The most that one action may move on this check. None: only the product's limits apply."""

    def refusal(
        self, check: Check, now: datetime, spare_s: int = 0, skew_s: int = DEFAULT_SKEW_S
    ) -> IdentityUntrusted | None:
        """Return why `check` is not accepted, or None.

        `spare_s`: it must still be accepted that many seconds later. `skew_s`: how far clocks may differ.
        """
        if not set(self.methods) <= set(check.methods):
            return IdentityUntrusted(Code.WEAK, "amr")
        if self.assurance and check.assurance not in self.assurance:
            return IdentityUntrusted(Code.WEAK, "acr")
        if check.expires_at is not None and (now - check.expires_at).total_seconds() >= skew_s - spare_s:
            return IdentityUntrusted(Code.EXPIRED)
        if check.verified_at is None:
            return None if self.undated else IdentityUntrusted(Code.STALE, "no time of the check")
        age_s = (now - check.verified_at).total_seconds()
        if age_s < -skew_s:
            return IdentityUntrusted(Code.CLOCK, "checked in the future")
        return IdentityUntrusted(Code.STALE) if age_s > self.max_age_s + skew_s - spare_s else None


def card_and_sms(limit_fen: int | None = None) -> AcceptedCheck:
    """Return the check without a face: the card network compares the elements, and the card's phone gets a code."""
    return AcceptedCheck(by="bank", methods=("card", "sms"), limit_fen=limit_fen)


AcceptedChecks = Annotated[tuple[AcceptedCheck, ...], Field(min_length=1)]


class StepUpPolicy(Settings):
    """Accepted checks for each action, in order of preference. We send the customer to the first.

    The limits without a face check are our proposals. Each bank sets its own.
    """

    login: AcceptedChecks = (AcceptedCheck(max_age_s=LOGIN_S),)
    account_opening: AcceptedChecks = (AcceptedCheck(), card_and_sms())
    # By face alone where the partner checks faces: who holds a lost phone gets its text messages too.
    account_lifting: AcceptedChecks = (AcceptedCheck(max_age_s=LIFTING_S),)
    account_closing: AcceptedChecks = (AcceptedCheck(), card_and_sms())
    # Only for large amounts: the bank says up to how much a top-up needs no check. It moves the customer's own money to
    # their own account, so the check without a face has no limit.
    top_up: AcceptedChecks = (AcceptedCheck(), card_and_sms())
    contract_signing: AcceptedChecks = (AcceptedCheck(), card_and_sms(5_000_000))
    drawdown: AcceptedChecks = (AcceptedCheck(), card_and_sms(5_000_000))
    withdrawal: AcceptedChecks = (AcceptedCheck(), card_and_sms(1_000_000))
    card_change: AcceptedChecks = (AcceptedCheck(), card_and_sms())
    # Only to raise own limits. A thief of the phone who raised them so could still move no more than the checks allow.
    limit_change: AcceptedChecks = (AcceptedCheck(), card_and_sms())
    class_raise: AcceptedChecks = (AcceptedCheck(), card_and_sms())
    # As a top-up: it moves the customer's own money to their own loan.
    card_repayment: AcceptedChecks = (AcceptedCheck(), card_and_sms())

    @model_validator(mode="after")
    def _is_dated(self) -> StepUpPolicy:
        for action in type(self).model_fields:
            if action != "login" and any(accepted.undated for accepted in getattr(self, action)):
                raise ValueError(
                    f"{action}: `undated` is allowed for `login` only: "
                    "without a timestamp the same evidence would stay valid for ever"
                )
        return self

    def accepted_checks(self, action: Action) -> tuple[AcceptedCheck, ...]:
        """Return what `action` accepts, in order of preference."""
        checks: tuple[AcceptedCheck, ...] = getattr(self, action)
        return checks

    def bank_check(self, action: Action) -> AcceptedCheck | None:
        """Return the bank's own check for this action, if it has one."""
        return next((accepted for accepted in self.accepted_checks(action) if accepted.by == "bank"), None)


def accept(
    accepted: tuple[AcceptedCheck, ...],
    check: Check,
    now: datetime,
    by: Literal["partner", "bank"] = "partner",
    skew_s: int = DEFAULT_SKEW_S,
) -> AcceptedCheck:
    """Return the first entry of `accepted` that fits a check made by `by`. `skew_s`: how far clocks may differ.

    Raises `IdentityUntrusted` with what the preferred entry lacks.
    """
    candidates = [entry for entry in accepted if entry.by == by]
    refusals = [entry.refusal(check, now, skew_s=skew_s) for entry in candidates]
    for entry, refusal in zip(candidates, refusals, strict=True):
        if refusal is None:
            return entry
    raise next(filter(None, refusals), IdentityUntrusted(Code.WEAK, "no such check is accepted"))
