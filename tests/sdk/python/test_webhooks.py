"""A forged, old, replayed or altered webhook is refused, and the error says which it is."""

from __future__ import annotations

import base64
import json
import secrets
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook
from sunbridge import WebhookError, webhooks

NOW = 1_780_000_000.0
SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
OTHER = "whsec_" + base64.b64encode(b"another secret of another server").decode()
EVENT = {
    "id": "evt_1",
    "type": "loan.drawn",
    "timestamp": "2026-12-01T08:00:00Z",
    "object": "loan",
    "object_id": "loan_1",
    "sequence": 1,
    "test": False,
}


def sent(
    body: bytes | None = None, *, secret: str = SECRET, at: float = NOW, event_id: str = "evt_1"
) -> tuple[bytes, dict[str, str]]:
    """Return body and headers as the specification's own library signs them."""
    raw = json.dumps(EVENT).encode() if body is None else body
    signature = Webhook(secret).sign(event_id, datetime.fromtimestamp(at, UTC), raw.decode())
    headers = {"Webhook-Id": event_id, "Webhook-Timestamp": str(int(at)), "Webhook-Signature": signature}
    return raw, headers


def verify(raw: Any, headers: dict[str, str], secret: Any = SECRET, **options: Any) -> Any:
    return webhooks.verify(raw, headers, secret, now=NOW, **options)


def test_what_the_specifications_library_signs_is_believed() -> None:
    event = verify(*sent())
    assert (event.id, event.type, event.sequence) == ("evt_1", "loan.drawn", 1)


def test_during_a_rotation_either_secret_is_enough() -> None:
    assert verify(*sent(secret=OTHER), [SECRET, OTHER]).id == "evt_1"
    raw, headers = sent()
    both = {**headers, "Webhook-Signature": f"v1a,xyz v1,AAAA {headers['Webhook-Signature']}"}
    assert verify(raw, both).id == "evt_1"


def test_a_parsed_body_is_refused_with_the_way_to_the_bytes() -> None:
    _, headers = sent()
    with pytest.raises(WebhookError, match=r"raw_body is a dict.*request\.get_data\(\)"):
        verify(EVENT, headers)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"Webhook-Signature": "v1," + base64.b64encode(b"x" * 32).decode()}, "no signature fits"),
        ({"Webhook-Signature": "v2,abc"}, "no signature fits"),
        ({"Webhook-Signature": ""}, "webhook-signature is missing"),
        ({"Webhook-Id": "evt_2"}, "no signature fits"),
        ({"Webhook-Timestamp": str(int(NOW) - 10)}, "no signature fits"),
        ({"Webhook-Timestamp": "soon"}, "not a whole number"),
    ],
)
def test_an_altered_header_is_refused(change: dict[str, str], why: str) -> None:
    raw, headers = sent()
    with pytest.raises(WebhookError, match=why):
        verify(raw, {**headers, **change})


@pytest.mark.parametrize(("late", "why"), [(301, "301 s old"), (-301, "301 s ahead")])
def test_a_webhook_that_is_old_or_ahead_is_refused(late: int, why: str) -> None:
    raw, headers = sent(at=NOW - late)
    with pytest.raises(WebhookError, match=why):
        verify(raw, headers)
    assert verify(raw, headers, tolerance=400).id == "evt_1"


def test_another_endpoints_secret_is_refused() -> None:
    with pytest.raises(WebhookError, match="no signature fits"):
        verify(*sent(secret=OTHER))


@pytest.mark.parametrize(
    ("secret", "why"),
    [("sk_sandbox_1", "begins with whsec_"), ("whsec_a*", "not base64"), ([], "secrets is empty")],
)
def test_a_wrong_secret_is_explained(secret: Any, why: str) -> None:
    with pytest.raises(WebhookError, match=why):
        verify(*sent(), secret)


def test_an_id_of_another_event_in_the_body_is_refused() -> None:
    with pytest.raises(WebhookError, match="the id in the body"):
        verify(*sent(event_id="evt_2"))


def test_a_signed_body_that_is_no_event_is_refused() -> None:
    with pytest.raises(WebhookError, match="no event"):
        verify(*sent(b'{"id": "evt_1"}'))


@given(at=st.integers(0, 400), with_byte=st.integers(1, 255))
def test_a_body_with_one_changed_byte_is_refused(at: int, with_byte: int) -> None:
    raw, headers = sent()
    changed = bytearray(raw)
    changed[at % len(raw)] ^= with_byte
    with pytest.raises(WebhookError):
        verify(bytes(changed), headers)


@given(st.dictionaries(st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]), st.text()))
def test_whatever_the_headers_hold_the_answer_is_a_refusal(headers: dict[str, str]) -> None:
    with pytest.raises(WebhookError):
        verify(secrets.token_bytes(20), headers)
