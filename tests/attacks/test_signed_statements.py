"""A hostile caller with h5app's credential changes one true id_token in every way, and sends it as evidence."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey

from mock_partners.bank.core.migrations import migrate
from partner_adapters.core_bank.wire import Evidence
from partner_adapters.identity.holder import derive
from partner_adapters.kit.values.clock import CHINA, FixedClock, epoch
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.core import HOLDER, LI, LIU, TestBank, new_intent, running_bank

pytestmark = pytest.mark.anyio
STRANGER = ECKey.generate_key("P-256", {"kid": "lyg"})


@pytest.fixture
async def bank(tmp_path: Path) -> AsyncIterator[TestBank]:
    url = f"sqlite:///{tmp_path}/core.sqlite"
    migrate(url)
    clock = FixedClock(datetime(2026, 11, 24, 10, 0, tzinfo=CHINA))
    async with running_bank(url, tmp_path, clock, shares_beginnings=False) as running:
        yield running
        await running.prove()


def part(content: object) -> str:
    text = content if isinstance(content, str) else json.dumps(content)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def signed(bank: TestBank, payload: str, **header: Any) -> str:
    """Return the payload, whatever it is, signed with the partner's own key."""
    head = {"alg": "ES256", "kid": "lyg"} | header
    return jws.serialize_compact(head, payload.encode(), bank.hosts.keys["lyg"], algorithms=["ES256"])


def mutations(bank: TestBank) -> dict[str, str]:
    true = bank.id_token(LI)
    head, payload, signature = true.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    now = epoch(bank.clock.wall())
    other = bank.id_token(LIU).split(".")
    public = bank.hosts.keys["lyg"].as_pem(private=False)
    mac = part({"alg": "HS256", "kid": "lyg"}) + "." + payload
    digest = hmac.digest(public, mac.encode(), hashlib.sha256)
    claimed = {
        "sub_of_another": {"sub": "subject of liu_yang"},
        "sub_list": {"sub": ["subject of li_xiuying"]},
        "aud_list_without_azp": {"aud": ["sunbridge at lyg", "x"]},
        "aud_object": {"aud": {"sunbridge at lyg": 1}},
        "iss_with_slash": {"iss": f"{bank.hosts.issuer('lyg')}/"},
        "exp_now": {"exp": now - 10},
        "exp_text": {"exp": str(now + 300)},
        "exp_true": {"exp": True},
        "exp_huge": {"exp": 10**40},
        "exp_none": {"exp": None},
        "nbf_later": {"nbf": now + 11},
        "nbf_text": {"nbf": "0"},
        "iat_later": {"iat": now + 11},
        "auth_time_old": {"auth_time": now - 311},
        "auth_time_later": {"auth_time": now + 11},
        "auth_time_float_huge": {"auth_time": 1e300},
        "amr_text": {"amr": "face"},
        "amr_other_case": {"amr": ["FACE"]},
        "amr_empty": {"amr": []},
        "nonce_other": {"nonce": derive("nonce", "of another")},
        "nonce_secret_itself": {"nonce": HOLDER},
        "nonce_code_verifier": {"nonce": derive("code_verifier", HOLDER)},
        "nonce_padded": {"nonce": derive("nonce", HOLDER) + "="},
        "nonce_blank": {"nonce": ""},
        "nonce_not_ascii": {"nonce": "é" * 43},
    }
    typed = (
        "at+jwt",
        "logout+jwt",
        "dpop+jwt",
        "launch+jwt",
        "check+jwt",
        "card-check+jwt",
        "JWT ",
        "",
        "application/at+jwt",
    )
    return {
        **{name: bank.id_token(LI, **change) for name, change in claimed.items()},
        **{f"typ {typ!r}": bank.id_token(LI, typ=typ) for typ in typed},
        "nonce_twice": signed(bank, json.dumps(claims)[:-1] + ', "nonce": "x"}'),
        "typ_number": f"{part({'alg': 'ES256', 'typ': 7})}.{payload}.{signature}",
        "payload_list": signed(bank, "[]"),
        "payload_text": signed(bank, '"ey"'),
        "payload_deep": signed(bank, "[" * 2000),
        "payload_not_json": signed(bank, "\u0000"),
        "alg_none": f"{part({'alg': 'none'})}.{payload}.",
        "alg_none_other_case": f"{part({'alg': 'nOnE'})}.{payload}.{signature}",
        "alg_hs256_with_public_key": f"{mac}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}",
        "alg_es384": f"{part({'alg': 'ES384', 'kid': 'lyg'})}.{payload}.{signature}",
        "signature_of_zeros": f"{head}.{payload}.{part(chr(0) * 64)}",
        "signature_empty": f"{head}.{payload}.",
        "signature_of_another": f"{head}.{payload}.{other[2]}",
        "payload_of_another": f"{head}.{other[1]}.{signature}",
        "own_key_in_header": bank.id_token(LI, key=STRANGER),
        "four_parts": f"{true}.{signature}",
        "two_parts": f"{head}.{payload}",
        "json_form": json.dumps({"payload": payload, "protected": head, "signature": signature}),
        "padded": f"{head}.{payload}=.{signature}",
        "line_break": f"{head}\n.{payload}.{signature}",
        "kid_path": f"{part({'alg': 'ES256', 'kid': '../../jwks'})}.{payload}.{signature}",
        "jku": signed(bank, json.dumps(claims), jku="https://evil.example/jwks"),
        "userinfo_as_evidence": bank.statement(LI).particulars,
    }


async def test_no_change_to_a_true_statement_makes_it_evidence(bank: TestBank) -> None:
    customer = (await bank.customer(LI)).customer_id
    await bank.customer(LIU)
    command = await bank.open_command(LI, customer)
    tried = mutations(bank)
    accepted = {}
    for name, statement in tried.items():
        evidence = Evidence(statement=statement, holder_secret=HOLDER)
        with pytest.raises(Problem) as refused:
            await bank.client().accounts.open(
                customer, command.model_copy(update={"evidence": evidence}), new_intent()
            )
        if (refused.value.status, refused.value.code) != (401, "step_up.required"):
            accepted[name] = refused.value
    assert accepted == {}
    assert len(tried) > 50
    # The true one still counts.
    assert (await bank.client().accounts.open(customer, command, new_intent())).intent
