"""What an action takes for a check: of unknown time it is never taken for a fresh one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from partner_adapters.identity.clocks import DEFAULT_SKEW_S
from partner_adapters.identity.errors import Code, IdentityUntrusted
from partner_adapters.identity.identity import Check
from partner_adapters.identity.policy import LOGIN_S, AcceptedCheck, StepUpPolicy, accept

NOW = datetime(2026, 11, 26, 2, 0, 0, tzinfo=UTC)
FACE = AcceptedCheck()
ACTIONS = tuple(StepUpPolicy.model_fields)


def seen(age_s: int | None) -> Check:
    return Check(("face",), None, None if age_s is None else NOW - timedelta(seconds=age_s))


@pytest.mark.parametrize("action", ACTIONS)
def test_no_action_takes_a_check_of_unknown_time_by_itself(action: str) -> None:
    ways: tuple[AcceptedCheck, ...] = getattr(StepUpPolicy(), action)
    with pytest.raises(IdentityUntrusted) as refused:
        accept(ways, seen(None), NOW)
    assert refused.value.code == Code.STALE
    assert accept(ways, seen(0), NOW) == ways[0]


@pytest.mark.parametrize("action", [action for action in ACTIONS if action != "login"])
def test_nobody_can_configure_an_action_to_take_one(action: str) -> None:
    with pytest.raises(ValidationError, match=f"{action}: `undated` is allowed for `login` only"):
        StepUpPolicy.model_validate({action: [{}, {"undated": True}]})


def test_a_login_of_unknown_time_is_no_fresh_check_for_the_action_after_it() -> None:
    policy = StepUpPolicy.model_validate({"login": [{"undated": True}]})
    assert accept(policy.login, seen(None), NOW).undated
    with pytest.raises(IdentityUntrusted):
        accept(policy.withdrawal, seen(None), NOW)
    # Where the time is known, it counts all the same.
    with pytest.raises(IdentityUntrusted):
        accept(policy.login, seen(LOGIN_S), NOW)


@pytest.mark.parametrize(
    ("age_s", "code"),
    [
        (-DEFAULT_SKEW_S - 1, Code.CLOCK),
        (-DEFAULT_SKEW_S, None),
        (FACE.max_age_s + DEFAULT_SKEW_S, None),
        (FACE.max_age_s + DEFAULT_SKEW_S + 1, Code.STALE),
    ],
)
def test_an_age_counts_to_the_second(age_s: int, code: Code | None) -> None:
    refusal = FACE.refusal(seen(age_s), NOW)
    assert (refusal.code if refusal else None) == code
