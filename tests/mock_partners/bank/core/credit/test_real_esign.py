"""The whole way with the signing party itself: a real document, real signatures."""

from datetime import timedelta
from pathlib import Path

import pytest

from mock_partners.bank.esign.app import create_app
from mock_partners.bank.esign.settings import ESignSettings
from mock_partners.testing.worlds.faults import Fault
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.web.parties import Parties
from tests.mock_partners.bank.core.products.test_fees import PERCENT, propose_fee
from tests.support.houses.core import TestBank, esign_authority
from tests.support.people.applicants import YUAN, borrower

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("has_fee", [False, True], ids=["no-fee", "fee"])
async def test_a_contract_is_rendered_signed_verified_and_opens_the_line(
    bank: TestBank, tmp_path: Path, has_fee: bool
) -> None:
    if has_fee:
        await propose_fee(bank, PERCENT)
        bank.clock.advance(timedelta(days=1))
    store = Store(f"sqlite:///{tmp_path / 'esign.sqlite'}")
    settings = ESignSettings(authority=esign_authority(), secrets=dict(bank.core.settings.esign_secrets))
    app = create_app(settings, store, bank.clock, Parties(bank.http, {}))
    async with app.router.lifespan_context(app):
        bank.wires.connect("esign", app)
        li = await borrower(bank)
        contract = await li.contract()
        assert (await li.client.contracts.document(contract.contract_id)).startswith(b"%PDF-")
        bank.wires.faults["esign"].add(Fault(kind="drop_response", path="*/signatures", times=4))
        order = await li.sign(contract)
        await bank.work(120)
        done = await li.client.orders.get(order.intent)
        assert done.state == "succeeded"
        signed = await li.client.contracts.get(contract.contract_id)
        assert signed.certificate is not None
        assert "李秀英" in signed.certificate.subject
        rows = {row.item["zh"] for row in signed.cost_table.rows}
        assert (PERCENT["name"]["zh"] in rows) is has_fee
        pdf = await li.client.contracts.document(contract.contract_id)
        assert pdf.count(b"/ByteRange") >= 2
        assert (await li.client.lines.get(done.result["line_id"])).available_fen == 80_000 * YUAN
        await bank.prove()
    store.close()
