"""docs/operators/operations.md names every setting, its default, every logged event and paths that exist."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from h5app.partner_api.settings import PartnerApiSettings
from h5app.settings import PREFIX, H5Settings
from mock_partners.bank.core.kernel.settings import (
    AccountRules,
    Bank,
    Client,
    CoreSettings,
    HolidayDecree,
    Operator,
    Parameters,
    WithdrawalRules,
)
from mock_partners.bank.core.routes import ENDPOINTS
from partner_adapters.identity.policy import AcceptedCheck, StepUpPolicy
from partner_adapters.kit.observed.spans import ALLOWED_ATTRIBUTES, FLUSH_S
from partner_adapters.kit.web.bounds import BOUNDS
from partner_adapters.kit.web.limits import MAX_BODY_BYTES

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "operators" / "operations.md").read_text("utf-8")


def section(heading: str) -> str:
    return DOCUMENT.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def told(heading: str) -> dict[str, str]:
    """First cell → second, of the table under a heading, code marks taken off."""
    lines = [line.split("|") for line in section(heading).splitlines() if line.startswith("| `")]
    return {line[1].strip(" `"): line[2].strip(" `") for line in lines}


def test_every_variable_of_h5app_is_told_and_no_other() -> None:
    assert told("Settings of h5app").keys() == {f"{PREFIX}{name}".upper() for name in H5Settings.model_fields}


@pytest.mark.parametrize("name", H5Settings.model_fields)
def test_a_default_of_h5app_is_the_one_told(name: str) -> None:
    default = H5Settings.model_fields[name].default
    words = {PydanticUndefined: "must be given", None: "", (): ""}
    written = told("Settings of h5app")[f"{PREFIX}{name}".upper()]
    assert written == ("none" if name == "trusted_proxies" else words.get(default, str(default)))


def test_every_variable_of_the_partner_api_is_told_with_its_default_and_no_other() -> None:
    own = PartnerApiSettings.model_fields.keys() - H5Settings.model_fields.keys()
    written = {f"{PREFIX}{name}".upper(): PartnerApiSettings.model_fields[name].default for name in own}
    assert told("Settings of the partner API") == {
        name: "" if default is None else str(default) for name, default in written.items()
    }


def test_every_setting_of_the_core_is_told_and_no_other() -> None:
    assert told("Settings of the core").keys() == set(CoreSettings.model_fields)


@pytest.mark.parametrize("model", [Bank, Client, Operator])
def test_every_part_of_a_core_setting_is_told(model: type[BaseModel]) -> None:
    assert {
        name for name in model.model_fields if f"`{name}`" not in section("Settings of the core")
    } == set()


def test_every_parameter_and_its_parts_are_told() -> None:
    document = (ROOT / "docs" / "operators" / "parameters.md").read_text("utf-8")
    for model in (Parameters, AccountRules, WithdrawalRules, HolidayDecree):
        assert {name for name in model.model_fields if name not in document} == set()


@pytest.mark.parametrize("model", [StepUpPolicy, AcceptedCheck])
def test_every_part_of_a_step_up_policy_is_told(model: type[BaseModel]) -> None:
    assert {name for name in model.model_fields if f"`{name}`" not in section("Step-up")} == set()


def test_every_event_to_act_on_is_logged_somewhere() -> None:
    code = "".join(
        file.read_text("utf-8")
        for package in ("h5app", "partner_adapters", "mock_partners")
        for file in (ROOT / package).rglob("*.py")
    )
    rows = re.findall(r"^\| (`[a-z_]+\.[a-z_]+`.*?) \|", section("Logs and the reference number"), re.M)
    events = re.findall(r"`([a-z_]+\.[a-z_]+)`", " ".join(rows))
    assert len(events) > len(rows) > 5
    assert [event for event in events if f'"{event}"' not in code] == []


def test_what_a_server_takes_is_told_as_the_code_has_it() -> None:
    values = [
        line.split("|")[2].strip() for line in section("What a server takes").splitlines() if "| " in line
    ]
    assert values[1:] == [
        f"{BOUNDS.address_bytes // 1024} KiB",
        f"{BOUNDS.head_bytes // 1024} KiB",
        f"{BOUNDS.head_s:g} s",
        f"{BOUNDS.body_s:g} s",
        f"{BOUNDS.answer_s:g} s",
        f"{MAX_BODY_BYTES // 1024} KiB",
        str(BOUNDS.connections),
        str(BOUNDS.connections_of_peer),
    ]


def test_every_metric_told_is_made_and_every_one_made_is_told() -> None:
    told_names = set(re.findall(r"`([a-z0-9]+(?:_[a-z]+)+)`", section("Metrics")))
    made = {
        name
        for party in ("h5app", "core_bank", "partner_api")
        for name in (f"{party}_requests_total", f"{party}_request_seconds", f"{party}_limited_total")
    } | {
        f"core_bank_{name}"
        for name in (
            "outbox_waiting",
            "outbox_oldest_seconds",
            "orders_processing",
            "days_not_closed",
            "differences",
            "source_uses_total",
            "source_cost_fen_total",
            "cost_alarms_total",
            "stopped",
            "day_age",
            "job_age_seconds",
            "proof_broken_rules",
            "proof_age_seconds",
            "audit_unlinked_seconds",
        )
    }
    made |= {
        f"partner_api_{name}"
        for name in (
            "webhooks_waiting",
            "webhooks_oldest_seconds",
            "webhooks_disabled",
            "webhook_attempts_total",
        )
    }
    assert {name for name in told_names if name.startswith(("h5app_", "core_bank_", "partner_api_"))} == made


def test_everything_that_a_span_may_hold_is_told_and_how_long_a_stop_waits() -> None:
    traces = section("Traces")
    assert {name for name in ALLOWED_ATTRIBUTES if f"`{name}`" not in traces} == set()
    assert f"waits at most {FLUSH_S:g} s" in traces


def test_every_path_of_the_core_named_exists() -> None:
    paths = {line.path for line in ENDPOINTS}
    assert {"/proof", "/differences", "/oauth/token", "/notices/card-network/{bank_id}"} <= paths
    assert all(path in DOCUMENT for path in ("$CORE/proof", "$CORE/differences", "$CORE/oauth/token"))
