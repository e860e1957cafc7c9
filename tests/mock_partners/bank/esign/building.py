"""Builders for what the signing party is given: contracts with any field changed, its authority, a moment."""

from datetime import date, datetime
from functools import cache
from typing import Any

from mock_partners.bank.esign.authority import Authority, create_authority
from mock_partners.bank.esign.preparing import prepare
from mock_partners.bank.esign.rendering import Renderer
from mock_partners.bank.esign.settings import AuthorityKeys
from mock_partners.bank.esign.signing import Will
from partner_adapters.esign.wire import (
    CostRow,
    CostTable,
    CreditLineFields,
    Holder,
    Lender,
    PrepareEnvelope,
    SealDocument,
    Signer,
)
from partner_adapters.kit.values.clock import CHINA
from partner_adapters.kit.values.texts import Text

# Business time, years from the machine's: whatever reads the wrong clock shows.
NOW = datetime(2031, 3, 5, 10, 30, 15, tzinfo=CHINA)
BANK_ID, BANK = "hzw", "海州湾农村商业银行"
BANK_ADDRESS = "江苏省连云港市海州区示例路1号"
EVIDENCE = "cd" * 32
SIGNER = Signer(
    name="李秀英",
    id_number="320722197905120246",
    phone="19900000001",
    address="江苏省连云港市东海县石湖乡示例村3组18号",
)


def both(words: str) -> Text:
    return {"zh": words, "en": words}


def fields(**changes: Any) -> CreditLineFields:
    given: dict[str, Any] = {
        "product_name": "阳光E贷-小微经营贷",
        "purpose": "买种子、化肥、饲料等农资",
        "limit_fen": 8_000_000,
        "revolving": True,
        "starts_on": date(2031, 3, 5),
        "ends_on": date(2034, 3, 4),
        "rate_ppm": 52_000,
        "lpr_ppm": 30_000,
        "methods": ["on_demand", "interest_first", "level_payment"],
        "day_counts": {"on_demand": "act_360", "interest_first": "act_360", "level_payment": "monthly"},
        "allocation": ["fees", "penalty", "interest", "principal"],
        "max_draw_months": 12,
        "min_draw_fen": 100_000,
        "account_number": "6230001000000012347",
    }
    return CreditLineFields(**given | changes)


def cost_table() -> CostTable:
    return CostTable(
        version="2031-01",
        annual_rate_ppm=52_000,
        sample_amount_fen=1_000_000,
        sample_months=12,
        sample_total_interest_fen=28_342,
        rows=[CostRow(item=both("利息"), charge=both("年化 5.20%（单利）"), receiver=both(BANK))],
        default_rows=[CostRow(item=both("罚息"), charge=both("年化 7.80%"), receiver=both(BANK))],
        nothing_else=both("除上述项目外，不再收取任何费用。"),
        sha256="ab" * 32,
    )


def contract(
    signer: Signer = SIGNER, number: str = "2031-0017", bank: str = BANK, **changes: Any
) -> PrepareEnvelope:
    return PrepareEnvelope(
        number=number,
        fields=fields(**changes),
        signer=signer,
        bank=Lender(name=bank, phone="0518-96008", address=BANK_ADDRESS),
        cost_table=cost_table(),
    )


def settlement(**changes: Any) -> SealDocument:
    given: dict[str, Any] = {
        "number": "JQ-3F7K-21QX",
        "holder": Holder(name=SIGNER.name, id_number_masked="3207**********0246"),
        "bank": Lender(name=BANK, phone="0518-96008", address=BANK_ADDRESS),
        "product_name": "阳光E贷-小微经营贷",
        "contract_number": "2031-0017",
        "loan_reference": "3F7K-21QX",
        "principal_fen": 2_000_000,
        "drawn_on": date(2031, 1, 5),
        "settled_on": date(2031, 3, 4),
        "issued_on": date(2031, 3, 5),
    }
    return SealDocument(**given | changes)


@cache
def authority_keys() -> AuthorityKeys:
    return create_authority({BANK_ID: BANK, "hab": "海安滨河农村商业银行"}, NOW)


@cache
def authority() -> Authority:
    return Authority(authority_keys())


@cache
def renderer() -> Renderer:
    return Renderer()


def prepared(command: PrepareEnvelope | None = None) -> bytes:
    """The document as the borrower reads it."""
    return prepare(command or contract(), authority(), renderer(), NOW).pdf


def will(signer: Signer = SIGNER, number: str = "2031-0017") -> Will:
    return Will(BANK_ID, number, signer, NOW, EVIDENCE)
