"""E-sign's word opens nothing: what is read and what is signed is what the bank offered, or nothing happens."""

import hashlib
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from sqlalchemy import select

from mock_partners.bank.core.credit.contract_documents import CONTRADICTED_RETRY_S
from mock_partners.bank.core.credit.document_checks import contradictions
from mock_partners.bank.core.credit.records import DocumentRecord, SigningRecord
from mock_partners.bank.core.credit.signed_documents import SignatureToExpect, verified_prefix
from mock_partners.bank.core.orders.tables import difference
from mock_partners.bank.esign.authority import Authority, create_authority
from mock_partners.bank.esign.contract import template_data
from mock_partners.bank.esign.signing import sign
from partner_adapters.esign.client import ESign
from partner_adapters.esign.verification import NotVerified
from partner_adapters.esign.wire import CostRow, DocumentText, PrepareEnvelope, TextBlock
from partner_adapters.kit.web.calls.http_client import HttpClient
from tests.mock_partners.bank.core.credit.test_faults import lines_opened
from tests.mock_partners.bank.esign import building
from tests.mock_partners.bank.esign.building import BANK, BANK_ID, EVIDENCE, NOW, SIGNER
from tests.support.houses.core import TestBank
from tests.support.houses.esign_stand_in import ESignStandIn, document_of
from tests.support.people.applicants import borrower

ASKED = building.contract()


async def differences(bank: TestBank) -> list[tuple[str, dict[str, Any]]]:
    rows = await bank.store.read(lambda conn: conn.execute(select(difference)).all())
    return [(row.code, row.theirs | row.ours) for row in rows]


def at_another_rate(asked: PrepareEnvelope) -> PrepareEnvelope:
    fields = asked.fields.model_copy(update={"rate_ppm": 360_000})
    return asked.model_copy(update={"number": "2026-0666", "fields": fields})


@pytest.mark.anyio
async def test_another_contract_that_is_called_signed_opens_no_line(
    bank: TestBank, esign: ESignStandIn
) -> None:
    li = await borrower(bank)
    made = await li.contract()
    (asked,) = esign.commands.values()
    esign.signs = document_of(at_another_rate(asked))
    order = await li.sign(made)
    assert (order.state, order.reason and order.reason.code) == ("failed", "contract.not_verified")
    assert await lines_opened(bank) == 0
    ((code, said),) = await differences(bank)
    assert (code, said["number"]) == ("contract.signature_refused", made.number)
    assert said["found"] == "the file does not begin with the document that was read"

    esign.signs = None
    await bank.work()
    again = await li.client.contracts.get(made.contract_id)
    assert (again.state, again.renewed_for) == ("ready", "signing")
    assert (await li.sign(again)).state == "succeeded"
    signed = await li.client.contracts.get(made.contract_id)
    assert (signed.read_sha256, signed.signed_at is not None) == (again.document_sha256, True)


@pytest.mark.anyio
async def test_a_document_that_says_otherwise_is_never_shown(bank: TestBank, esign: ESignStandIn) -> None:
    li = await borrower(bank)
    esign.prepares = at_another_rate(ASKED)
    application = await li.decided()
    assert application.state == "approved"
    waiting = await li.client.contracts.get(str(application.contract_id))
    assert (waiting.state, waiting.renewed_for, waiting.document_sha256) == ("preparing", "document", None)
    ((code, said),) = await differences(bank)
    assert code == "contract.document_contradicts"
    assert {"number", "rate", "account", "percentages"} <= set(said["asked"])
    asked_for = len(esign.envelopes)
    bank.clock.advance(timedelta(seconds=CONTRADICTED_RETRY_S))
    await bank.work(30)
    assert len(esign.envelopes) == asked_for + 1, "asked again after a while, and not at once"

    esign.prepares = None
    bank.clock.advance(timedelta(seconds=CONTRADICTED_RETRY_S))
    await bank.work(30)
    ready = await li.client.contracts.get(str(application.contract_id))
    assert ready.state == "ready"
    assert (await li.sign(ready)).state == "succeeded"


def text_of(command: PrepareEnvelope, old: str = "", new: str = "") -> DocumentText:
    blocks = building.renderer().read("credit_line", template_data(command, NOW.date()))
    changed = [
        TextBlock(kind=block.kind, texts=[text.replace(old, new) for text in block.texts]) if old else block
        for block in blocks
    ]
    return DocumentText(blocks=changed)


@pytest.mark.parametrize(
    ("answered", "wrong"),
    [
        ({}, []),
        # The head of each page says it too.
        ({"number": "2031-0018"}, ["number", "pages"]),
        ({"signer": SIGNER.model_copy(update={"name": "李秀瑛"})}, ["borrower"]),
        ({"signer": SIGNER.model_copy(update={"id_number": "32072219790512024X"})}, ["id_number"]),
        ({"bank": "海安滨河农村商业银行"}, ["bank", "pages"]),
        ({"limit_fen": 80_000_000}, ["limit", "amounts"]),
        ({"rate_ppm": 360_000}, ["rate", "percentages"]),
        ({"account_number": "6230001000000012348"}, ["account"]),
        ({"purpose": "买种子，另收 3.15% 手续费"}, ["percentages"]),
        ({"purpose": "买种子，另收 300.00 元"}, ["amounts"]),
    ],
    ids=lambda value: "-".join(value),
)
def test_every_fact_of_a_document_is_what_was_asked_for(answered: dict[str, Any], wrong: list[str]) -> None:
    document = building.contract(**answered)
    assert contradictions(building.prepared(document), text_of(document), ASKED) == wrong


FEE = {"name": "放款服务费", "charge": "每笔借款金额的 1.00%，另加 12.50 元"}


def with_fee(fee: dict[str, str] | None = FEE, in_table: str = FEE["charge"]) -> PrepareEnvelope:
    """A contract with this fee in its articles, and in the table of costs at this charge."""
    asked, both = building.contract(draw_fee=fee), building.both
    row = CostRow(item=both(FEE["name"]), charge=both(f"{in_table}。提前还款不退"), receiver=both(BANK))
    table = asked.cost_table
    return asked.model_copy(
        update={
            "cost_table": table.model_copy(update={"rows": [row, *table.rows], "sample_fees_fen": 11_250})
        }
    )


@pytest.mark.parametrize(
    ("answered", "wrong"),
    [
        (with_fee(), []),
        (with_fee(None), ["draw_fee"]),
        (with_fee(FEE | {"charge": "每笔借款金额的 1.00%"}), ["draw_fee"]),
        (with_fee(in_table="每笔借款金额的 1.00%"), ["draw_fee"]),
        (with_fee(FEE | {"charge": "每笔借款金额的 2.00%，另加 12.50 元"}), ["draw_fee", "percentages"]),
        (with_fee(FEE | {"charge": "每笔借款金额的 1.00%，另加 99.50 元"}), ["draw_fee", "amounts"]),
    ],
    ids=["as-asked", "left-out", "less", "less-in-the-table", "another-share", "another-amount"],
)
def test_a_document_names_the_fee_as_it_was_asked_for(answered: PrepareEnvelope, wrong: list[str]) -> None:
    assert contradictions(building.prepared(answered), text_of(answered), with_fee()) == wrong


@pytest.mark.parametrize("rows", [1, 6, 9, 12, 18])
def test_a_table_of_costs_that_goes_on_on_the_next_page_is_as_asked_for(rows: int) -> None:
    table = ASKED.cost_table.model_copy(update={"rows": ASKED.cost_table.rows * rows})
    asked = ASKED.model_copy(update={"cost_table": table})
    assert contradictions(building.prepared(asked), text_of(asked), asked) == []


@pytest.mark.parametrize(
    ("pages", "text"),
    [
        (building.contract(rate_ppm=360_000), text_of(ASKED)),
        (ASKED, text_of(ASKED, "随时可还", "经贷款人同意可还")),
        (ASKED, DocumentText(blocks=text_of(ASKED).blocks[:-1])),
    ],
    ids=["other-pages", "a-word-of-the-text", "the-text-leaves-out-a-block"],
)
def test_the_text_for_screens_is_word_for_word_what_stands_on_the_pages(
    pages: PrepareEnvelope, text: DocumentText
) -> None:
    assert "pages" in contradictions(building.prepared(pages), text, ASKED)


def test_what_is_no_pdf_says_nothing() -> None:
    assert contradictions(b"%PDF-1.7 nothing", text_of(ASKED), ASKED) == ["pages"]


READ = building.prepared()
MINUTE = timedelta(minutes=1)


def expected(**other: Any) -> SignatureToExpect:
    digest = hashlib.sha256(READ).hexdigest()
    told: dict[str, Any] = {
        "document": DocumentRecord("envelope", digest, len(READ)),
        "signing": SigningRecord("intent", NOW, EVIDENCE),
        "number": "2031-0017",
        "name": SIGNER.name,
        "id_number": SIGNER.id_number,
        "bank_name": BANK,
        "root": building.authority().root,
    }
    return SignatureToExpect(**told | other)


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({}, None),
        ({"document": DocumentRecord("envelope", "0" * 64, len(READ))}, "does not begin"),
        ({"document": DocumentRecord("envelope", expected().document.sha256, None)}, "does not begin"),
        ({"number": "2031-0018"}, "another signer"),
        ({"name": "李秀瑛"}, "another signer"),
        ({"id_number": "32072219790512024X"}, "another signer"),
        ({"bank_name": "海安滨河农村商业银行"}, "another signer"),
        ({"signing": SigningRecord("intent", NOW, "0" * 64)}, "other evidence"),
        ({"signing": SigningRecord("intent", NOW + 10 * MINUTE, EVIDENCE)}, "before it was confirmed"),
    ],
)
def test_a_signed_file_counts_only_if_it_is_what_was_ordered(
    other: dict[str, Any], reason: str | None
) -> None:
    pdf = _signed(building.authority())
    esign = ESign(HttpClient(), "http://esign", {})
    if reason is None:
        assert verified_prefix(pdf, expected(**other), esign, NOW) == expected().document.sha256
        return
    with pytest.raises(NotVerified, match=reason):
        verified_prefix(pdf, expected(**other), esign, NOW)


def test_a_file_that_another_authority_vouches_for_counts_for_nothing() -> None:
    others = Authority(create_authority({BANK_ID: BANK}, NOW))
    esign = ESign(HttpClient(), "http://esign", {})
    with pytest.raises(NotVerified, match="trusted time-stamp"):
        verified_prefix(_signed(others), expected(), esign, NOW)


@cache
def _signed(authority: Authority) -> bytes:
    return sign(READ, building.will(), authority, building.renderer(), NOW).pdf
