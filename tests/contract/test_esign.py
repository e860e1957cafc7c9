"""The signing party behind its client: over a socket, with golden exchanges, on both databases."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from mock_partners.bank.esign.app import create_app
from mock_partners.bank.esign.settings import ESignSettings
from mock_partners.bank.esign.signing import sign
from partner_adapters.esign.client import ESign
from partner_adapters.esign.wire import Envelope, EnvelopeState, SignEnvelope
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.values.clock import FixedClock
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.basic_auth import basic
from partner_adapters.kit.web.calls.http_client import HttpClient, OutcomeUnknown
from partner_adapters.kit.web.parties import Parties
from tests.contract.golden import Exchange, GoldenParty, exchanges, fits, play
from tests.mock_partners.bank.esign.building import (
    BANK_ID,
    EVIDENCE,
    NOW,
    SIGNER,
    authority_keys,
    contract,
    settlement,
)
from tests.mock_partners.bank.esign.poppler import signatures_of, text_of
from tests.support.houses.serving import WAYS, serving

pytestmark = pytest.mark.anyio
GOLDEN = exchanges("esign")
SECRETS = {bank_id: SecretStr(f"secret of {bank_id}") for bank_id in (BANK_ID, "hab")}


@asynccontextmanager
async def esign(
    url: str, way: str = "in_process", clock: FixedClock | None = None
) -> AsyncIterator[tuple[HttpClient, str]]:
    store = Store(url)
    settings = ESignSettings(authority=authority_keys(), secrets=SECRETS)
    app = create_app(settings, store, clock or FixedClock(NOW), Parties(HttpClient(), {}))
    async with serving(app, way) as served:
        yield served
    store.close()


@pytest.fixture
def file(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'esign.db'}"


def agreed(envelope: Envelope, **changes: Any) -> SignEnvelope:
    given = {
        "document_sha256": envelope.document_sha256,
        "evidence_digest": EVIDENCE,
        "signed_at": NOW - timedelta(seconds=20),
    }
    return SignEnvelope(**given | changes)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("way", WAYS)
async def test_a_contract_is_prepared_read_and_signed(file: str, way: str, tmp_path: Path) -> None:
    async with esign(file, way) as (http, url):
        client = ESign(http, url, SECRETS)
        ready = await client.prepare(BANK_ID, contract(), "contract-1")
        assert (ready.state, ready.number, ready.verified) == (EnvelopeState.READY, "2031-0017", False)
        read = await client.document(BANK_ID, ready.envelope_id)
        assert sha256(read) == ready.document_sha256

        text = await client.text(BANK_ID, ready.envelope_id)
        assert len(text.blocks) > 80

        signed = await client.sign(BANK_ID, ready.envelope_id, agreed(ready), "intent-1")
        assert await client.text(BANK_ID, ready.envelope_id) == text
        assert (signed.state, signed.verified, signed.signed_at) == (EnvelopeState.SIGNED, True, NOW)
        assert signed.certificate is not None
        assert "CN=李秀英" in signed.certificate.subject
        assert "serialNumber=2031-0017" in signed.certificate.subject
        assert signed.certificate.valid_from <= NOW < signed.certificate.valid_until
        served = await client.document(BANK_ID, ready.envelope_id)
        assert sha256(served) == signed.document_sha256 != ready.document_sha256
        assert served.startswith(read)
        assert await client.get(BANK_ID, ready.envelope_id) == signed
        assert signatures_of(served, tmp_path).count("Signature is Valid.") == 2
        assert SIGNER.id_number in text_of(served, tmp_path)


async def test_anyone_can_fetch_the_root_that_signatures_are_trusted_by(file: str) -> None:
    async with esign(file) as (http, url):
        root = await http.send("GET", f"{url}/root.pem", repeatable=True)
    assert root.text == authority_keys().root_certificate


async def test_both_databases_keep_envelopes_alike(database_url: str) -> None:
    async with esign(database_url) as (http, url):
        client = ESign(http, url, SECRETS)
        ready = await client.prepare(BANK_ID, contract(), "contract-1")
        signed = await client.sign(BANK_ID, ready.envelope_id, agreed(ready), "intent-1")
    async with esign(database_url) as (http, url):
        again = ESign(http, url, SECRETS)
        assert await again.get(BANK_ID, ready.envelope_id) == signed
        assert await again.sign(BANK_ID, ready.envelope_id, agreed(ready), "intent-1") == signed
        assert sha256(await again.document(BANK_ID, ready.envelope_id)) == signed.document_sha256


async def test_the_same_key_has_the_same_answer_and_no_other_use(file: str) -> None:
    clock = FixedClock(NOW)
    async with esign(file, clock=clock) as (http, url):
        client = ESign(http, url, SECRETS)
        ready = await client.prepare(BANK_ID, contract(), "contract-1")
        signed = await client.sign(BANK_ID, ready.envelope_id, agreed(ready), "intent-1")
        clock.advance(timedelta(days=3))
        assert await client.prepare(BANK_ID, contract(), "contract-1") == ready
        assert await client.sign(BANK_ID, ready.envelope_id, agreed(ready), "intent-1") == signed
        with pytest.raises(Problem) as reused:
            await client.prepare(BANK_ID, contract(limit_fen=9_000_000), "contract-1")
        assert reused.value.code == "intent.reused"
        other = agreed(ready, evidence_digest="0" * 64)
        with pytest.raises(Problem) as reused:
            await client.sign(BANK_ID, ready.envelope_id, other, "intent-1")
        assert reused.value.code == "intent.reused"


async def test_taps_at_once_sign_once(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    signings = []

    def counted(*args: Any) -> Any:
        signings.append(args)
        return sign(*args)

    monkeypatch.setattr("mock_partners.bank.esign.app.sign", counted)
    async with esign(file) as (http, url):
        client = ESign(http, url, SECRETS)
        ready = await client.prepare(BANK_ID, contract(), "contract-1")

        async def tap(intent: str) -> str:
            try:
                return (await client.sign(BANK_ID, ready.envelope_id, agreed(ready), intent)).document_sha256
            except Problem as problem:
                return problem.code

        same = await asyncio.gather(*(tap("intent-1") for _ in range(5)), tap("intent-2"))
        signed = await client.get(BANK_ID, ready.envelope_id)
    assert same == [signed.document_sha256] * 5 + ["envelope.already_signed"]
    assert len(signings) == 1


async def test_two_processes_that_sign_at_once_keep_one_signed_document(file: str) -> None:
    async with esign(file) as one, esign(file) as two:
        clients = [ESign(*one, SECRETS), ESign(*two, SECRETS)]
        ready = await clients[0].prepare(BANK_ID, contract(), "contract-1")
        answers = await asyncio.gather(
            *(client.sign(BANK_ID, ready.envelope_id, agreed(ready), "intent-1") for client in clients)
        )
        assert answers[0] == answers[1]
        for client in clients:
            served = await client.document(BANK_ID, ready.envelope_id)
            assert sha256(served) == answers[0].document_sha256


async def test_what_was_not_read_is_not_signed(file: str) -> None:
    async with esign(file) as (http, url):
        client = ESign(http, url, SECRETS)
        ready = await client.prepare(BANK_ID, contract(), "contract-1")
        for changed, status, code in (
            ({"document_sha256": "0" * 64}, 409, "envelope.document_changed"),
            ({"signed_at": NOW + timedelta(minutes=6)}, 422, "signature.in_future"),
            ({"signed_at": NOW - timedelta(minutes=6)}, 422, "signature.before_document"),
        ):
            with pytest.raises(Problem) as refused:
                await client.sign(BANK_ID, ready.envelope_id, agreed(ready, **changed), "intent-1")
            assert (refused.value.status, refused.value.code) == (status, code)
        assert await client.get(BANK_ID, ready.envelope_id) == ready
        signed = await client.sign(BANK_ID, ready.envelope_id, agreed(ready), "intent-1")
        assert signed.verified


async def test_a_name_that_cannot_be_signed_is_refused_and_the_key_stays_free(file: str) -> None:
    async with esign(file) as (http, url):
        client = ESign(http, url, SECRETS)
        rare = SIGNER.model_copy(update={"name": "李\U00020bb7英"})
        for asked in (
            client.check_signer(BANK_ID, rare),
            client.prepare(BANK_ID, contract(signer=rare), "contract-1"),
        ):
            with pytest.raises(Problem) as refused:
                await asked
            assert (refused.value.status, refused.value.code) == (422, "esign.missing_glyph")
            assert refused.value.errors[0].field == "signer.name"
        await client.check_signer(BANK_ID, SIGNER.model_copy(update={"name": "李\u9fa6𬍛"}))
        assert (await client.prepare(BANK_ID, contract(), "contract-1")).state is EnvelopeState.READY


async def test_a_bank_sees_and_seals_only_its_own(file: str) -> None:
    async with esign(file) as (http, url):
        client = ESign(http, url, SECRETS)
        ready = await client.prepare(BANK_ID, contract(), "contract-1")
        for foreign in (
            client.get("hab", ready.envelope_id),
            client.document("hab", ready.envelope_id),
            client.sign("hab", ready.envelope_id, agreed(ready), "intent-1"),
        ):
            with pytest.raises(Problem) as unknown:
                await foreign
            assert (unknown.value.status, unknown.value.code) == (404, "envelope.unknown")
        with pytest.raises(Problem) as refused:
            await client.prepare("hab", contract(), "contract-2")
        assert refused.value.code == "esign.no_seal"


async def test_only_a_bank_with_its_secret_has_anything_made_signed_or_shown(file: str) -> None:
    async with esign(file) as (http, url):
        ready = await ESign(http, url, SECRETS).prepare(BANK_ID, contract(), "contract-1")
        for secrets in ({BANK_ID: SECRETS["hab"]}, {BANK_ID: SecretStr("")}):
            stranger = ESign(http, url, secrets)
            for call in (
                stranger.prepare(BANK_ID, contract(), "contract-2"),
                stranger.get(BANK_ID, ready.envelope_id),
                stranger.document(BANK_ID, ready.envelope_id),
                stranger.text(BANK_ID, ready.envelope_id),
                stranger.sign(BANK_ID, ready.envelope_id, agreed(ready), "intent-1"),
                stranger.seal(BANK_ID, settlement()),
                stranger.sealed_document(BANK_ID, "0" * 32),
            ):
                with pytest.raises(Problem) as refused:
                    await call
                assert (refused.value.status, refused.value.code) == (401, "access.unknown_caller")
        # A bank that e-sign does not know, no credentials, and credentials of another kind.
        for headers in (
            {"Authorization": basic("unknown_bank", "")},
            {"Sunbridge-Bank": BANK_ID},
            {"Authorization": "Bearer x"},
            {"Authorization": "Basic !"},
        ):
            path = f"{url}/envelopes/{ready.envelope_id}"
            refused_ = await http.send("GET", path, repeatable=True, headers=headers)
            assert refused_.status_code == 401
            assert refused_.headers["WWW-Authenticate"] == 'Basic realm="esign"'


def test_a_bank_with_a_seal_must_have_a_secret() -> None:
    with pytest.raises(ValueError, match="no secret for hab"):
        ESignSettings(authority=authority_keys(), secrets={BANK_ID: SECRETS[BANK_ID]})


async def test_a_request_that_contradicts_itself_is_refused_and_its_key_stays_free(file: str) -> None:
    async with esign(file) as (http, url):
        client = ESign(http, url, SECRETS)
        wrong = settlement(drawn_on=NOW.date() + timedelta(days=1))
        for call in (
            client.prepare(BANK_ID, contract(ends_on=NOW.date()), "contract-1"),
            client.seal(BANK_ID, wrong),
        ):
            with pytest.raises(Problem, match=r"422 esign\.contradiction") as refused:
                await call
            assert refused.value.errors
        assert (await client.prepare(BANK_ID, contract(), "contract-1")).state is EnvelopeState.READY


async def test_a_document_changed_in_the_database_is_not_served(file: str) -> None:
    store = Store(file)
    async with esign(file) as (http, url):
        client = ESign(http, url, SECRETS)
        ready = await client.prepare(BANK_ID, contract(), "contract-1")
        changed = b"another contract"
        store.write_now(lambda conn: conn.exec_driver_sql("UPDATE document SET content = ?", (changed,)))
        with pytest.raises((OutcomeUnknown, RuntimeError)):
            await client.document(BANK_ID, ready.envelope_id)
    store.close()


def filled(golden: Exchange, envelope_id: str) -> Exchange:
    asked = golden["request"]
    return golden | {"request": asked | {"path": asked["path"].replace("<envelope>", envelope_id)}}


async def test_each_exchange_is_as_written_down(file: str) -> None:
    envelope_id = document_sha256 = ""
    async with esign(file) as (http, url):
        for name, golden in GOLDEN.items():
            response = await play(http, url, filled(golden, envelope_id), document_sha256)
            assert response.status_code == golden["status"], (name, response.text)
            assert fits(golden["answer"], response.json()), (name, response.json())
            if name == "prepare":
                envelope_id = response.json()["envelope_id"]
                document_sha256 = response.json()["document_sha256"]


async def test_the_client_asks_and_reads_as_written_down() -> None:
    made_up = {"envelope_id": "E1", "document_sha256": "a" * 64}
    preparing = ESign(HttpClient(GoldenParty(GOLDEN["prepare"], **made_up)), "http://party.test", SECRETS)
    ready = await preparing.prepare(BANK_ID, contract(), "contract-1")
    assert (ready.envelope_id, ready.pages) == ("E1", 5)

    made_up |= {"serial": "0a", "document_sha256": "b" * 64}
    signing = ESign(
        HttpClient(GoldenParty(filled(GOLDEN["sign"], "E1"), **made_up)), "http://party.test", SECRETS
    )
    signed = await signing.sign(BANK_ID, "E1", agreed(ready), "intent-1")
    assert (signed.state, signed.document_sha256) == (EnvelopeState.SIGNED, "b" * 64)

    made_up = {"document_id": "D1", "document_sha256": "c" * 64}
    sealing = ESign(HttpClient(GoldenParty(GOLDEN["seal"], **made_up)), "http://party.test", SECRETS)
    sealed = await sealing.seal(BANK_ID, settlement())
    assert (sealed.document_id, sealed.number) == ("D1", settlement().number)


async def test_a_certificate_of_settlement_is_sealed_once_by_the_bank_alone(
    file: str, tmp_path: Path
) -> None:
    async with esign(file) as (http, url):
        client = ESign(http, url, SECRETS)
        sealed = await client.seal(BANK_ID, settlement())
        served = await client.sealed_document(BANK_ID, sealed.document_id)
        assert sha256(served) == sealed.document_sha256
        assert await client.seal(BANK_ID, settlement()) == sealed
        with pytest.raises(Problem, match=r"intent\.reused"):
            await client.seal(BANK_ID, settlement(principal_fen=1))
        with pytest.raises(Problem, match=r"esign\.no_seal"):
            await client.seal("hab", settlement())
        with pytest.raises(Problem, match=r"document\.unknown"):
            await client.sealed_document("hab", sealed.document_id)
    found = signatures_of(served, tmp_path)
    assert found.count("Signature is Valid.") == found.count("Total document signed") == 1
    text = text_of(served, tmp_path)
    for printed in ("结清证明", "李秀英", "3207**********0246", "3F7K-21QX", "2031-0017", "贰万元整"):
        assert printed in text
    assert "不欠本行任何款项" in text
    assert SIGNER.id_number not in text
