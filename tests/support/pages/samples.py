"""What the core would answer, built from a few words: wire models for the credit pages' tests."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from mock_partners.bank.core.notices.choices import KINDS
from partner_adapters.core_bank import (
    applications,
    authorisations,
    card_repayments,
    cases,
    consents,
    contracts,
    customers,
    drawdowns,
    lines,
    loans,
    pre_credit,
    products,
    repayments,
    withdrawals,
)
from partner_adapters.core_bank.accounts import (
    Account,
    AccountLimits,
    BoundCard,
    CardValidity,
    DateRange,
    Entry,
    FormerAccount,
    Identification,
)
from partner_adapters.core_bank.addresses import Address
from partner_adapters.core_bank.blacklist import Blacklisting
from partner_adapters.core_bank.card_checks import CardCheck
from partner_adapters.core_bank.cards import EarlierCard
from partner_adapters.core_bank.certificates import SettlementCertificate
from partner_adapters.core_bank.closings import Closing, GivenUp, Obstacle
from partner_adapters.core_bank.customer_data import (
    CustomerData,
    EarlierAddress,
    HeldAnswer,
    HeldBlacklisting,
    HeldCheck,
    HeldDecision,
    HeldOffer,
    HeldPhotograph,
    HeldStatement,
    KnownApp,
    StatedParticulars,
)
from partner_adapters.core_bank.customer_messages import CustomerMessage
from partner_adapters.core_bank.freezes import Freeze
from partner_adapters.core_bank.name_changes import NameChange
from partner_adapters.core_bank.orders import Order, OrderState, OrderStep
from partner_adapters.core_bank.statements import FoundEntries, MonthTotals
from partner_adapters.core_bank.text_messages import TextMessageChoices, TextMessageKind
from partner_adapters.kit.values.texts import Lang

TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 2, 32, 7, tzinfo=UTC)
SHA = "ab" * 32
PRODUCT_NAME = {"zh": "阳光E贷-小微经营贷", "en": "Sunshine E-Loan for small business"}
BANK = {"zh": "海州湾农村商业银行", "en": "Haizhou Bay Rural Commercial Bank"}


def annual_rates(rate_ppm: int) -> products.AnnualRates:
    """What 10,000 yuan for a year cost, in level payments and interest first."""
    first_ppm = (rate_ppm * 365 // 360 + 50) // 100 * 100
    level = products.AnnualRate(
        method="level_payment", annual_rate_ppm=rate_ppm, total_interest_fen=rate_ppm * 546 // 1000
    )
    interest_first = products.AnnualRate(
        method="interest_first", annual_rate_ppm=first_ppm, total_interest_fen=rate_ppm * 365 // 360
    )
    return products.AnnualRates(amount_fen=1_000_000, term_months=12, methods=[level, interest_first])


FEE_NAME = {"zh": "放款服务费", "en": "Loan service fee"}


def rates_with_fee(rate_ppm: int) -> products.AnnualRates:
    """The same with a fee of one percent and ten yuan, which costs about two percent a year more."""
    without = annual_rates(rate_ppm)
    methods = [
        each.model_copy(update={"annual_rate_ppm": each.annual_rate_ppm + 20_800}) for each in without.methods
    ]
    return without.model_copy(update={"methods": methods, "fees_fen": 11_000})


def product_with_fee() -> products.Product:
    example = product().example.model_copy(update={"fees_fen": 11_000})
    fee = products.DrawFee(name=FEE_NAME, ppm=10_000, fixed_fen=1_000)
    rates = {"rates_from": rates_with_fee(42_000), "rates_to": rates_with_fee(58_000)}
    return product(draw_fee=fee, example=example, **rates)


def contract_with_fee() -> contracts.Contract:
    without, rates = contract(state="ready"), rates_with_fee(52_000)
    row = contracts.CostRow(
        item=FEE_NAME,
        charge={
            "zh": "每笔借款金额的 1.00%，另加 10.00 元。放款时从电子账户收一次，提前还款不退",
            "en": "1.00% of the amount of each loan and 10.00 yuan. Taken once from the electronic account when the"
            " loan is paid out, and not given back on early repayment",
        },
        receiver=BANK,
    )
    costs = {
        "annual_rate_ppm": rates.highest_ppm,
        "sample_methods": rates.methods,
        "sample_fees_fen": 11_000,
        "rows": [*without.cost_table.rows[:1], row, *without.cost_table.rows[1:]],
    }
    return without.model_copy(update={"cost_table": without.cost_table.model_copy(update=costs)})


def product(**changes: Any) -> products.Product:
    given: dict[str, Any] = {
        "code": "sunshine_e_micro",
        "name": PRODUCT_NAME,
        "summary": {
            "zh": "给村里评议过的农户和个体工商户，凭信用借。",
            "en": "For farmers and sole traders reviewed by their village, on credit.",
        },
        "version": 1,
        "customers": ["sole_trader", "farmer"],
        "guarantee": "credit",
        "channels": [],
        "screens": ["amount", "consent", "check"],
        "papers": [],
        "person_days": 3,
        "rate_from_ppm": 42_000,
        "rate_to_ppm": 58_000,
        "rates_from": annual_rates(42_000),
        "rates_to": annual_rates(58_000),
        "min_fen": 1_000_000,
        "max_fen": 30_000_000,
        "step_fen": 100_000,
        "tenors_months": [3, 6, 12],
        "methods": ["level_payment", "interest_first"],
        "due_days": list(range(1, 29)),
        "purposes": [
            products.Choice(code="stock", name={"zh": "进货", "en": "Stock"}),
            products.Choice(
                code="seed", name={"zh": "种子、化肥、农药", "en": "Seed, fertiliser, crop protection"}
            ),
            products.Choice(code="tools", name={"zh": "买农机、设备", "en": "Machines and tools"}),
        ],
        "requirements": [
            {"zh": "18 到 65 周岁", "en": "18 to 65 years old"},
            {
                "zh": "村里评议过，在银行的预授信名单上",
                "en": "Reviewed by the village and on the bank's list",
            },
            {"zh": "现在没有逾期，近两年按时还款", "en": "Nothing overdue now, paid in time for two years"},
        ],
        "consents": ["credit_bureau_inquiry", "courts_inquiry"],
        "example": products.ProductExample(
            amount_fen=1_000_000, months=12, rate_ppm=58_000, monthly_fen=85_975, interest_fen=31_694
        ),
    }
    return products.Product(**given | changes)


TITLES = {
    "partner_status": (
        "向我的连云港告知业务进度授权书",
        "Consent to tell My Lianyungang how my business stands",
        "我的连云港",
        "My Lianyungang",
    ),
    "credit_bureau_inquiry": (
        "查询征信授权书",
        "Consent to a credit report",
        "中国人民银行征信中心",
        "PBOC Credit Centre",
    ),
    "courts_inquiry": (
        "查询法院公开信息授权书",
        "Consent to court records",
        "最高人民法院公开信息",
        "Supreme People's Court",
    ),
    "tax_inquiry": (
        "涉税信息查询授权书",
        "Authorisation to query tax records",
        "海州湾农村商业银行",
        "Haizhou Bay Rural Commercial Bank",
    ),
    "pre_credit_inquiry": (
        "查询预授信名单授权书",
        "Consent to the list",
        "海州湾农村商业银行",
        "Haizhou Bay Bank",
    ),
    "card_debit": (
        "绑定银行卡扣款授权书",
        "Authorisation to debit the bound bank card",
        "海州湾农村商业银行",
        "Haizhou Bay Bank",
    ),
    "face_processing": (
        "人脸信息处理同意书",
        "Consent to face processing",
        "海州湾农村商业银行",
        "Haizhou Bay Bank",
    ),
    "share_with_bank": (
        "向银行提供个人信息同意书",
        "Consent to giving data to the bank",
        "海州湾农村商业银行",
        "Haizhou Bay Bank",
    ),
    "account_terms": (
        "个人电子账户服务协议",
        "Terms of the electronic account",
        "海州湾农村商业银行",
        "Haizhou Bay Bank",
    ),
}

SCOPES = {
    "account_terms": "account",
    "share_with_bank": "app",
    "partner_status": "app",
    "face_processing": "app",
    "credit_bureau_inquiry": "application",
    "courts_inquiry": "application",
}


def several_products() -> list[products.Product]:
    """One of each make: by its pages, over the tax bureau's page with papers, for companies, at the counter."""
    paper = products.Paper(
        code="licence",
        name={"zh": "营业执照照片", "en": "photograph of the business licence"},
        required=True,
        kinds=["image/jpeg"],
    )
    tax = product(
        code="tax_micro",
        name={"zh": "税企通-小微经营贷", "en": "Tax Link loan for small business"},
        customers=["person", "sole_trader"],
        screens=["amount", "consent", "authorise", "check", "papers"],
        papers=[paper, paper.model_copy(update={"code": "lease", "required": False})],
        max_fen=100_000_000,
        machine_max_fen=30_000_000,
    )
    company = product(
        code="tax_company",
        name={"zh": "税企通-企业周转贷", "en": "Tax Link loan for companies"},
        customers=["company"],
    )
    mortgage = product(
        code="home_micro",
        name={"zh": "房抵贷-小微经营贷", "en": "Home Equity loan for small business"},
        guarantee="mortgage",
        customers=["person"],
    )
    return [product(), tax, company, mortgage]


def product_offers() -> list[pre_credit.ProductOffer]:
    """What a check may say of a product: a limit with its bounds, reasons against it, or which consents it lacks."""
    bounds = [
        applications.LimitBound(
            code="tax",
            name={"zh": "按一年缴的税", "en": "By the tax of a year"},
            amount_fen=15_000_000,
            leaves_fen=12_000_000,
            binds=True,
        ),
        applications.LimitBound(
            code="cap",
            name={"zh": "这个产品最多", "en": "The most of this product"},
            amount_fen=30_000_000,
            leaves_fen=30_000_000,
            binds=False,
        ),
    ]
    tax, company, home = several_products()[1:]
    wanted = {"found": 85, "wanted": 70}
    return [
        pre_credit.ProductOffer(
            product_code=tax.code,
            name=tax.name,
            state="offered",
            limit_fen=12_000_000,
            rate_ppm=45_000,
            rates=annual_rates(45_000),
            bounds=bounds,
            debt_fen=3_000_000,
            up_to_fen=30_000_000,
            person_above_fen=10_000_000,
        ),
        pre_credit.ProductOffer(
            product_code=company.code,
            name=company.name,
            state="declined",
            reasons=declined().decision.reasons,
            would_approve=applications.WouldApprove(
                code="credit_bureau.card_use_percent", source="credit_bureau", params=wanted
            ),
        ),
        pre_credit.ProductOffer(
            product_code=home.code, name=home.name, state="referred", reasons=declined().decision.reasons
        ),
        pre_credit.ProductOffer(
            product_code="sunshine_e_micro",
            name=PRODUCT_NAME,
            state="not_asked",
            needs=["pre_credit_inquiry"],
        ),
    ]


def consent_text(purpose: str = "credit_bureau_inquiry", **changes: Any) -> consents.ConsentText:
    zh, en, receiver_zh, receiver_en = TITLES[purpose]
    given: dict[str, Any] = {
        "purpose": purpose,
        "version": "2026-11",
        "title": {"zh": zh, "en": en},
        "receiver": {"zh": receiver_zh, "en": receiver_en},
        "body": {
            "zh": [
                "我同意海州湾农村商业银行为审批这次贷款和贷后管理，查询我的信用报告。",
                "查询的内容包括：我的贷款、信用卡、担保、还款记录和查询记录。",
                "银行不会把查到的内容用在别的地方。贷款结清后，这份授权失效。",
            ],
            "en": ["I agree that the bank may look up my credit report for this application and the loan."],
        },
        "sha256": SHA,
    }
    return consents.ConsentText(**given | changes)


def consent(purpose: str = "credit_bureau_inquiry", **changes: Any) -> consents.Consent:
    text = consent_text(purpose)
    given: dict[str, Any] = {
        **text.model_dump(exclude={"body"}),
        "consent_id": f"cs-{purpose}",
        "partner": "lyg",
        "given_at": NOW,
        "scope": SCOPES.get(purpose, "bank"),
        "permits_here": not (changes.get("withdrawn_at") or changes.get("ended_at")),
    }
    return consents.Consent(**given | changes)


def consent_in_full(purpose: str = "credit_bureau_inquiry", **changes: Any) -> consents.ConsentInFull:
    given = consent(purpose, **changes)
    return consents.ConsentInFull(**given.model_dump(), body=consent_text(purpose).body)


def authorisation(**changes: Any) -> authorisations.Authorisation:
    given = {
        "source": "tax",
        "purpose": "tax_inquiry",
        "origin": "https://tax.test",
        "state": "none",
    }
    return authorisations.Authorisation.model_validate(given | changes)


def application(**changes: Any) -> applications.Application:
    given: dict[str, Any] = {
        "application_id": "ap-1",
        "product_code": "sunshine_e_micro",
        "state": "contract_ready",
        "amount_fen": 8_000_000,
        "created_at": NOW,
        "contract_id": "ct-1",
        "term_months": 12,
        "method": "level_payment",
        "purpose": "stock",
        "decision": decision(),
        "timeline": [
            applications.TimelineStep(name="submitted", at=NOW),
            applications.TimelineStep(name="decided", at=NOW + timedelta(seconds=4)),
            applications.TimelineStep(name="signed"),
        ],
    }
    return applications.Application(**given | changes)


def name_change(state: Literal["referred", "accepted"]) -> NameChange:
    return NameChange(
        change_id="nc-1",
        earlier_name_masked="李*英",
        name_masked="李*兰",
        state=state,
        stated_at=NOW,
        decided_at=NOW if state == "accepted" else None,
    )


def decision(**changes: Any) -> applications.Decision:
    given: dict[str, Any] = {
        "outcome": "approved",
        "limit_fen": 8_000_000,
        "rate_ppm": 52_000,
        "rates": annual_rates(52_000),
        "line_months": 36,
        "decided_at": NOW,
        "decided_by": "machine",
    }
    return applications.Decision(**given | changes)


def declined(**changes: Any) -> applications.Application:
    reasons = [
        applications.Reason(
            code="P02",
            params={"found": 7, "limit": 6, "run": 2, "run_limit": 3},
            source="credit_bureau",
            as_of=TODAY,
        ),
        applications.Reason(code="P05", params={"found": 4, "most": 3}, source="credit_bureau", as_of=TODAY),
    ]
    no = decision(
        outcome="declined",
        limit_fen=None,
        rate_ppm=None,
        rates=None,
        line_months=None,
        reasons=reasons,
        better_from=date(2027, 3, 1),
    )
    return application(**{"state": "declined", "contract_id": None, "decision": no} | changes)


def more_asked(**changes: Any) -> applications.MoreAsked:
    given: dict[str, Any] = {
        "message": "请拍一下租地合同，租期看不清。",
        "papers": ["lease", "bank_statements"],
        "asked_at": NOW,
        "until": date(2026, 12, 4),
        "is_late": False,
    }
    return applications.MoreAsked(**given | changes)


def waiting_for_customer() -> list[applications.TimelineStep]:
    """What the timeline of a referred application shows after the staff asked for more."""
    Step = applications.TimelineStep
    return [
        *(Step(name=name, at=NOW) for name in ("submitted", "queried", "decided", "referred", "more_asked")),
        Step(name="waits_for_customer", by=date(2026, 12, 4)),
        Step(name="waits_for_person", by=date(2026, 12, 11)),
    ]


def case(kind: cases.CaseKind = "referral", **changes: Any) -> cases.Case:
    given: dict[str, Any] = {
        "case_id": "ca-1",
        "number": "261124043218",
        "kind": kind,
        "subject": "ap-1",
        "note": "",
        "state": "open",
        "opened_at": NOW,
        "answer_days": 5,
        "in_working_days": True,
        "answer_by": date(2026, 12, 1),
    }
    return cases.Case(**given | changes)


def complaint(**changes: Any) -> cases.Case:
    open_for_days = {"answer_days": 15, "in_working_days": False, "answer_by": date(2026, 12, 9)}
    return case(
        "complaint", **{"subject": "", "note": "等了一上午，\n没有人叫号", **open_for_days, **changes}
    )


def answered(**changes: Any) -> cases.Case:
    reply = {"state": "answered", "answer": "对不起，我们加了人手。", "closed_at": NOW}
    return complaint(**(reply | changes))


def eligibility(**changes: Any) -> applications.Eligibility:
    return applications.Eligibility(**{"product_code": "sunshine_e_micro"} | changes)


def not_eligible(**changes: Any) -> applications.Eligibility:
    """Who is too young."""
    params: dict[str, str | int] = {"found": 17, "least": 18, "most": 65}
    reason = applications.Reason(code="A01", params=params, source="identity", as_of=TODAY)
    return eligibility(**{"reasons": [reason], "better_from": date(2027, 3, 1)} | changes)


def contract(**changes: Any) -> contracts.Contract:
    bank = BANK
    rows = [
        contracts.CostRow(
            item={"zh": "利息", "en": "Interest"},
            charge={"zh": "年化 5.20%", "en": "5.20% a year"},
            receiver=bank,
        ),
        contracts.CostRow(
            item={"zh": "提前还款违约金", "en": "Early repayment charge"},
            charge={"zh": "0 元", "en": "0 yuan"},
            receiver=bank,
        ),
    ]
    late = [
        contracts.CostRow(
            item={"zh": "罚息", "en": "Penalty interest"},
            charge={"zh": "逾期部分年化 7.80%", "en": "7.80% a year on what is overdue"},
            receiver=bank,
        )
    ]
    given: dict[str, Any] = {
        "contract_id": "ct-1",
        "number": "HZW-2026-0017",
        "state": "ready",
        "application_id": "ap-1",
        "product_code": "sunshine_e_micro",
        "limit_fen": 8_000_000,
        "rate_ppm": 52_000,
        "starts_on": TODAY,
        "ends_on": date(2029, 11, 24),
        "document_sha256": SHA,
        "min_reading_seconds": 10,
        "cost_table": contracts.CostTable(
            version="2026-08",
            annual_rate_ppm=52_700,
            sample_amount_fen=1_000_000,
            sample_months=12,
            sample_total_interest_fen=52_722,
            sample_methods=annual_rates(52_000).methods,
            rows=rows,
            default_rows=late,
            nothing_else={"zh": "除上面列出的，不收其他任何费用。", "en": "Nothing else is charged."},
            sha256="cd" * 32,
        ),
    }
    return contracts.Contract(**given | changes)


def certificate() -> contracts.Certificate:
    return contracts.Certificate(
        subject="serialNumber=HZW-2026-0017,OU=3207**********1234,CN=李秀英,C=CN",
        issuer="CN=阳光桥测试 CA,O=阳光桥测试,C=CN",
        serial="4F2A 91C7 03BE",
        valid_from=NOW,
        valid_until=NOW,
    )


LISTED = Blacklisting(reason="misuse", ends_on=date(2027, 11, 24))


def line(**changes: Any) -> lines.Line:
    given: dict[str, Any] = {
        "line_id": "ln-1",
        "product_code": "sunshine_e_micro",
        "product_name": PRODUCT_NAME,
        "contract_id": "ct-1",
        "contract_number": "HZW-2026-0017",
        "state": "open",
        "revolving": True,
        "limit_fen": 8_000_000,
        "used_fen": 0,
        "held_fen": 0,
        "available_fen": 8_000_000,
        "min_draw_fen": 100_000,
        "step_fen": 10_000,
        "rate_ppm": 52_000,
        "rates": annual_rates(52_000),
        "ends_on": date(2029, 11, 24),
        "tenors_months": [3, 6, 12],
        "methods": ["level_payment", "interest_first"],
        "due_days": list(range(1, 29)),
    }
    return lines.Line(**given | changes)


def plan(months: int = 12, principal_fen: int = 2_000_000, paid: int = 0) -> list[loans.PlanRow]:
    """Rough rows of equal principal; a page only shows them."""
    each = principal_fen // months
    rows = []
    for number in range(1, months + 1):
        interest = (principal_fen - each * (number - 1)) * 52 // 12_000
        month = (TODAY.month + number - 1) % 12 + 1
        year = TODAY.year + (TODAY.month + number - 1) // 12
        rows.append(
            loans.PlanRow(
                number=number,
                due_on=date(year, month, 21),
                principal_fen=each,
                interest_fen=interest,
                total_fen=each + interest,
                state="paid" if number <= paid else "planned",
            )
        )
    return rows


def draw_quote(**changes: Any) -> drawdowns.DrawQuote:
    rows = plan()
    given: dict[str, Any] = {
        "line_id": "ln-1",
        "amount_fen": 2_000_000,
        "term_months": 12,
        "method": "level_payment",
        "rate_ppm": 52_000,
        "annual_rate_ppm": 52_000,
        "business_date": TODAY,
        "ends_on": date(2027, 11, 24),
        "due_day": 21,
        "rows": rows,
        "total_interest_fen": sum(row.interest_fen for row in rows),
        "fees_fen": 0,
        "account_last_four": "3306",
        "contract_number": "HZW-2026-0017",
        "sha256": SHA,
    }
    return drawdowns.DrawQuote(**given | changes)


def quote_with_fee(**changes: Any) -> drawdowns.DrawQuote:
    fee = {"fees_fen": 21_000, "fee_name": FEE_NAME, "annual_rate_ppm": 72_200}
    return draw_quote(**fee | changes)


def loan_with_fee(**changes: Any) -> loans.Loan:
    fee = {"draw_fee_fen": 21_000, "draw_fee_name": FEE_NAME, "annual_rate_ppm": 72_200}
    return loan(**fee | changes)


def drawn_with_fee() -> Order:
    names = {f"fee_name_{lang}": name for lang, name in FEE_NAME.items()}
    result = {"loan_id": "lo-1", "fee": "210.00", "received": "19790.00", "currency": "CNY", **names}
    return order("drawdown", amount_fen=2_000_000, result=result)


def entry_of_fee() -> Entry:
    return entry(
        kind="drawdown_fee", direction="out", amount_fen=21_000, counterparty=None, fee_name=FEE_NAME
    )


def loan_summary(**changes: Any) -> loans.LoanSummary:
    return loans.LoanSummary(**_loan_basics() | changes)


def _loan_basics() -> dict[str, Any]:
    return {
        "loan_id": "lo-1",
        "line_id": "ln-1",
        "product_name": PRODUCT_NAME,
        "state": "active",
        "principal_fen": 2_000_000,
        "outstanding_fen": 1_500_000,
        "drawn_on": TODAY,
        "ends_on": date(2027, 11, 24),
        "next_due": loans.NextDue(
            due_on=date(2026, 12, 21),
            principal_fen=162_800,
            interest_fen=8_667,
            penalty_fen=0,
            total_fen=171_467,
        ),
    }


def loan(**changes: Any) -> loans.Loan:
    given = _loan_basics() | {
        "contract_id": "ct-1",
        "contract_number": "HZW-2026-0017",
        "rate_ppm": 52_000,
        "annual_rate_ppm": 52_000,
        "method": "level_payment",
        "term_months": 12,
        "business_date": TODAY,
        "owed_today": owed(),
        "due_now_fen": 0,
        "plan": plan(paid=2),
        "repayments": [
            loans.Repayment(
                intent="in-9",
                kind="part",
                amount_fen=500_000,
                fees_fen=0,
                penalty_fen=0,
                interest_fen=289,
                principal_fen=499_711,
                booked_at=NOW,
                business_date=TODAY,
            )
        ],
        "account_last_four": "3306",
    }
    return loans.Loan(**given | changes)


def owed(**changes: Any) -> loans.Owed:
    given = {
        "fees_fen": 0,
        "penalty_fen": 0,
        "interest_fen": 4_333,
        "principal_fen": 1_500_000,
        "total_fen": 1_504_333,
    }
    return loans.Owed(**given | changes)


def repay_quote(**changes: Any) -> repayments.RepayQuote:
    return repayments.RepayQuote(**_repay_quote() | changes)


def card_repay_quote(**changes: Any) -> card_repayments.CardRepayQuote:
    given = {"bound_card": account().bound_card, "debit_authorised": True, "unchecked_fen": 1_000_000}
    return card_repayments.CardRepayQuote(**_repay_quote() | given | changes)


def _repay_quote() -> dict[str, Any]:
    return {
        "loan_id": "lo-1",
        "kind": "part",
        "amount_fen": 500_000,
        "parts": owed(interest_fen=4_333, principal_fen=495_667, total_fen=500_000),
        "outstanding_after_fen": 1_004_333,
        "plan_after": plan(months=11, principal_fen=1_004_333),
        "interest_saved_fen": 13_912,
        "account_balance_fen": 2_010_000,
        "account_last_four": "3306",
        "business_date": TODAY,
        "sha256": SHA,
    }


def withdraw_quote(**changes: Any) -> withdrawals.WithdrawQuote:
    given: dict[str, Any] = {
        "account_id": "ac-1",
        "amount_fen": 10_000,
        "fee_fen": 0,
        "usual_minutes": 30,
        "latest_on": TODAY,
        "sha256": SHA,
    }
    return withdrawals.WithdrawQuote(**given | changes)


def account(**changes: Any) -> Account:
    given: dict[str, Any] = {
        "account_id": "ac-1",
        "last_four": "3306",
        "account_class": "II",
        "state": "open",
        "balance_fen": 2_010_000,
        "available_fen": changes.get("balance_fen", 2_010_000),
        "limits": AccountLimits(
            balance_most_fen=None,
            day_fen=None,
            year_fen=None,
            own_each_fen=None,
            own_day_fen=None,
            used_today_fen=0,
            used_this_year_fen=0,
            most_now_fen=2_010_000,
        ),
        "bound_card": BoundCard(bank_name={"zh": "中国银行", "en": "Bank of China"}, last_four="1234"),
        "opened_on": TODAY,
        "top_up_min_fen": 100,
        "top_up_max_fen": 500_000,
        "top_up_unchecked_fen": 500_000,
        "withdrawal_min_fen": 1,
        "withdrawal_fee_fen": 0,
        "debit_authorised": True,
    }
    return Account(**given | changes)


def earlier_card(**changes: Any) -> EarlierCard:
    given: dict[str, Any] = {
        "bank_name": {"zh": "中国工商银行", "en": "Industrial and Commercial Bank of China"},
        "last_four": "5566",
        "bound_at": NOW - timedelta(days=90),
        "unbound_at": NOW - timedelta(days=30),
    }
    return EarlierCard(**given | changes)


def former_account(**changes: Any) -> FormerAccount:
    """An account that was closed."""
    known = {
        "account_id": "ac-0",
        "last_four": "0937",
        "opened_on": date(2026, 9, 1),
        "closed_on": date(2026, 11, 20),
    }
    return FormerAccount.model_validate(known | changes)


def closing(*obstacles: Obstacle, **changes: Any) -> Closing:
    """What stands in the way of closing the account, and a line that ends with it."""
    line_ends = GivenUp(
        contract_id="ct-1",
        kind="line",
        product_name=PRODUCT_NAME,
        contract_number="HT202611240001",
        limit_fen=8_000_000,
    )
    return Closing.model_validate({"obstacles": list(obstacles), "gives_up": [line_ends]} | changes)


def freeze(party: str, **changes: Any) -> Freeze:
    """A freeze that stands."""
    return Freeze.model_validate({"party": party, "at": NOW} | changes)


def worked_example(**changes: Any) -> drawdowns.WorkedExample:
    given: dict[str, Any] = {
        "product_code": "sunshine_e_micro",
        "amount_fen": 1_000_000,
        "term_months": 12,
        "method": "level_payment",
        "rate_ppm": 72_000,
        "annual_rate_ppm": 72_000,
        "compound_rate_ppm": 74_400,
        "lowest": {"method": "level_payment", "annual_rate_ppm": 42_000, "total_interest_fen": 22_869},
        "business_date": TODAY,
        "due_day": 24,
        "rows": plan(principal_fen=1_000_000),
        "total_interest_fen": 28_164,
    }
    return drawdowns.WorkedExample(**given | changes)


def contract_text() -> contracts.ContractText:
    blocks: list[dict[str, Any]] = [
        {"kind": "part", "texts": ["第一部分　借款要素"]},
        {"kind": "row", "texts": ["公民身份号码", "3207**********1234"]},
        {"kind": "row", "texts": ["利息", "年化 5.20%（单利）", "海州湾农村商业银行"]},
        {"kind": "article", "texts": ["第一条　额度与支用"]},
        {"kind": "paragraph", "texts": ["1.1　贷款人在额度期间内向借款人提供第一部分所列的最高借款额度。"]},
    ]
    return contracts.ContractText.model_validate({"blocks": blocks})


def card_validity(**changes: Any) -> CardValidity:
    """A card issued for twenty years, or one for ten years that ends soon."""
    ranges = [
        DateRange(first=TODAY, last=date(2027, 5, 1)),
        DateRange(first=date(2034, 4, 12), last=date(2046, 11, 24)),
    ]
    given: dict[str, Any] = {"today": TODAY, "long_term": False, "ranges": ranges}
    return CardValidity(**given | changes)


def identification() -> Identification:
    """What follows from an identity number."""
    return Identification(
        gender="female",
        nationality="CN",
        document_type="cn_id_card",
        unused_images_hours=24,
        images_years_after_closing=10,
    )


def overview(**changes: Any) -> customers.Overview:
    given: dict[str, Any] = {
        "business_date": TODAY,
        "customer": customers.Customer(
            customer_id="cu-1",
            name_masked="李*英",
            id_number_masked="3207**********1234",
            phone_masked="138****8000",
        ),
        "account": account(),
        "pre_credit": pre_credit.PreCredit(
            state="offered",
            product_code="sunshine_e_micro",
            limit_fen=8_000_000,
            rate_ppm=52_000,
            rates=annual_rates(52_000),
            valid_until=date(2027, 5, 31),
            sample_amount_fen=1_000_000,
            sample_months=12,
            sample_monthly_fen=85_699,
        ),
    }
    return customers.Overview(**given | changes)


def busy_overview() -> customers.Overview:
    """A customer with everything: a line, a loan, applications, things to do."""
    return overview(
        lines=[line(used_fen=2_000_000, available_fen=6_000_000)],
        loans=[loan_summary()],
        applications=[application(state="signed", line_id="ln-1"), declined(application_id="ap-0")],
        todo=[
            customers.ToDo(kind="sign_contract", ref="ct-1", amount_fen=8_000_000),
            customers.ToDo(kind="repayment_due", ref="lo-1", amount_fen=171_467, due_on=date(2026, 12, 21)),
        ],
        running_orders=[
            customers.OrderBrief(
                intent="in-1", kind="top_up", state=OrderState.PROCESSING, amount_fen=10_000, created_at=NOW
            )
        ],
        failed_orders=[
            customers.OrderBrief(
                intent="in-3", kind="top_up", state=OrderState.FAILED, amount_fen=10_000, created_at=NOW
            )
        ],
    )


def entry(**changes: Any) -> Entry:
    given: dict[str, Any] = {
        "entry_id": "en-1",
        "kind": "drawdown",
        "direction": "in",
        "amount_fen": 2_000_000,
        "balance_after_fen": 2_010_000,
        "booked_at": NOW,
        "business_date": TODAY,
        "intent": "in-1",
        "reference": "3F7K-21",
        "counterparty": PRODUCT_NAME,
    }
    return Entry(**given | changes)


def found_entries(**changes: Any) -> FoundEntries:
    """Three months: with both, with payments in only, with payments out only."""
    flows = (
        (date(2026, 11, 1), 2_000_000, 171_467),
        (date(2026, 10, 1), 30_000, 0),
        (date(2026, 9, 1), 0, 171_467),
    )
    months = [MonthTotals(month=month, entries=2, in_fen=in_, out_fen=out) for month, in_, out in flows]
    given = {"entries": 6, "in_fen": 2_030_000, "out_fen": 342_934, "months": months}
    return FoundEntries(**given | changes)


def order(kind: str, **changes: Any) -> Order:
    given: dict[str, Any] = {
        "intent": "in-1",
        "kind": kind,
        "state": OrderState.SUCCEEDED,
        "customer_id": "cu-1",
        "reference": "3F7K-21",
        "created_at": NOW,
        "amount_fen": None,
        "source": {"zh": "中国银行（1234）", "en": "Bank of China (1234)"},
        "target": {"zh": "电子账户（3306）", "en": "Electronic account (3306)"},
        "steps": [OrderStep(name="confirmed", at=NOW), OrderStep(name="booked")],
    }
    return Order(**given | changes)


def message(**changes: Any) -> CustomerMessage:
    given: dict[str, Any] = {
        "kind": "order_failed",
        "ref": "in-3",
        "at": NOW,
        "order_kind": "top_up",
        "amount_fen": 10_000,
        "seen": False,
    }
    return CustomerMessage(**given | changes)


def reminder(**changes: Any) -> CustomerMessage:
    given: dict[str, Any] = {
        "kind": "repayment_reminder",
        "ref": "lo-1",
        "at": NOW,
        "amount_fen": 171_467,
        "due_on": date(2026, 12, 21),
        "missing_fen": 100_000,
    }
    return CustomerMessage(**given | changes)


def settlement_certificate(**changes: Any) -> SettlementCertificate:
    given: dict[str, Any] = {
        "number": "JQ-3F7K-21QX",
        "loan_id": "lo-settled",
        "loan_reference": "3F7K-21QX",
        "product_name": PRODUCT_NAME,
        "contract_number": "2026-0017",
        "principal_fen": 2_000_000,
        "drawn_on": date(2026, 5, 21),
        "settled_on": date(2026, 11, 21),
        "issued_on": TODAY,
        "document_sha256": SHA,
    }
    return SettlementCertificate(**given | changes)


def customer_data(**changes: Any) -> CustomerData:
    """The copy of a customer with something in each of its lists."""
    known, later = NOW - timedelta(days=30), NOW - timedelta(days=3)
    facts = {"overdue_now": 0, "dishonest": False, "overdue_history": [], "unsecured_debt": "1234.50"}
    copy = CustomerData(
        made_at=NOW,
        business_date=NOW.date(),
        customer=overview().customer,
        known_since=known,
        apps=[KnownApp(partner="lyg", since=known)],
        text_messages=text_messages(),
        particulars=[
            StatedParticulars(
                account_id="ac-1",
                occupation="farmer",
                address=address().address,
                document_expires_on=None,
                tax_resident_of_china_only=True,
                gender="female",
                nationality="CN",
                stated_at=known,
            )
        ],
        earlier_addresses=[EarlierAddress(address="旧村1号", stated_at=known, replaced_at=later)],
        photographs=[HeldPhotograph(side="front", stored_at=known, keep_until=None)],
        account=account(),
        former_accounts=[former_account()],
        earlier_cards=[earlier_card()],
        statements=[HeldStatement(account_id="ac-1", last_four="3306", entries=7)],
        consents=[consent(), consent("courts_inquiry", withdrawn_at=NOW)],
        answers=[
            HeldAnswer(
                source="credit_bureau",
                as_of=NOW.date(),
                asked_at=later,
                consent_id="cs-credit_bureau_inquiry",
                application_id="ap-0",
                facts=facts | {"currency": "CNY", "made_up_by_a_source": "7"},
            )
        ],
        offers=[HeldOffer(checked_at=later, offer=pre_credit.PreCredit(state="none"))],
        applications=[declined(application_id="ap-0")],
        decisions=[
            HeldDecision(
                **declined().decision.model_dump(), application_id="ap-0", number=1, product_version=2
            )
        ],
        contracts=[contract()],
        lines=[line()],
        loans=[loan()],
        orders=[order("drawdown", amount_fen=2_000_000)],
        checks=[
            HeldCheck(
                action="drawdown",
                methods=["face"],
                issuer="https://lyg.test",
                checked_at=later,
                used_at=later,
                intent="in-1",
            )
        ],
        cases=[answered()],
        messages=[message(), reminder(), reply()],
        cut_short=["orders"],
        blacklistings=[
            HeldBlacklisting(reason="misuse", begins_on=later.date(), ends_on=LISTED.ends_on, stands=True),
            HeldBlacklisting(
                reason="untrue", begins_on=later.date(), ends_on=LISTED.ends_on, stands=False, lifted_at=later
            ),
        ],
        not_included=["risk_grade", "photographs", "full_numbers", "blacklist_source"],
    )
    return copy.model_copy(update=changes)


def address(stated: str = "江苏省连云港市东海县石湖乡示例村3组18号") -> Address:
    return Address(address=stated, stated_at=NOW)


def reply(**changes: Any) -> CustomerMessage:
    given: dict[str, Any] = {"kind": "case_answered", "ref": "ca-1", "at": NOW, "case_kind": "complaint"}
    return CustomerMessage(**given | changes)


def text_messages(*off: str, lang: Lang = "zh") -> TextMessageChoices:
    """All kinds of text messages, with those named `off` turned off."""
    items = [
        TextMessageKind(
            kind=name, is_on=name not in off, required_because=kind.required_because, kept=kind.kept
        )
        for name, kind in KINDS.items()
    ]
    return TextMessageChoices(lang=lang, items=items)


def card_check(now: datetime, **changes: Any) -> CardCheck:
    """A check without face whose code has just been sent."""
    given: dict[str, Any] = {
        "check_id": "a" * 40, "action": "account_opening", "state": "sent", "tries_left": 5, "codes_left": 2,
        "phone_masked": "199****0001", "code_ends_at": now + timedelta(minutes=5),
        "another_code_at": now + timedelta(minutes=1),
    }  # fmt: skip
    return CardCheck.model_validate(given | changes)
