"""For each reason code of a product: facts on which it hits, and facts as close to them on which it does not.

Each entry changes the facts of an applicant who has nothing against him (`statements.PASSING`).
"""

from typing import Any

from tests.support.people.statements import YUAN, late

Changes = dict[str, dict[str, Any]]
SIX_LATE = ("2026-05", "2026-03", "2026-01", "2025-11", "2025-09", "2025-07")
_RUN = {"worst_run_24": 3}
_NOT_LISTED: Changes = {
    "pre_credit_list": {
        "listed": False,
        **dict.fromkeys(
            ("product_code", "vetoed", "reviewers", "score", "net_income_fen", "existing_debt_fen")
        ),
    }
}
_NO_CONTRIBUTIONS: dict[str, Any] = {
    "known": False,
    **dict.fromkeys(("paying", "by_employer", "months_since_paid", "yearly_base_fen")),
}
_EVERYWHERE: dict[str, list[tuple[Changes, Changes]]] = {
    "A01": [
        ({"identity": {"age": 17, "birth_date": "2009-03-15"}}, {"identity": {"age": 18}}),
        ({"identity": {"age": 66}}, {"identity": {"age": 65}}),
    ],
    "A02": [({"identity": {"verified": False}}, {})],
    "A03": [({"application": {"consents_stand": False}}, {})],
    "N01": [
        (
            {"blacklist": {"listed": True, "reason": "misuse", "until": "2027-11-24"}},
            {"blacklist": {"listed": False}},
        )
    ],
    "R01": [({"identity": {"in_region": False}}, {})],
    "R02": [({"identity": {"region_known": False}}, {})],
    "P01": [({"credit_bureau": {"overdue_now": 1}}, {})],
    "P02": [
        ({"credit_bureau": late(*SIX_LATE)}, {"credit_bureau": late(*SIX_LATE[:5])}),
        (
            {"credit_bureau": late("2026-05", "2026-04", "2026-03") | _RUN},
            {"credit_bureau": late("2026-05", "2026-04", "2026-02") | {"worst_run_24": 2}},
        ),
    ],
    "J01": [({"courts": {"dishonest": True}}, {})],
    "J02": [({"courts": {"open_enforcements": 1}}, {})],
    "J03": [
        (
            {"courts": {"open_claims": 1, "largest_claim_fen": 100_000 * YUAN}},
            {"courts": {"open_claims": 1, "largest_claim_fen": 99_999 * YUAN}},
        )
    ],
    "D01": [
        ({"credit_bureau": late("2026-05") | {"worst_run_24": 2}}, {"credit_bureau": late("2026-05")}),
        ({"credit_bureau": late("2026-05") | {"overdue_months_24": 2}}, {"credit_bureau": late("2026-05")}),
    ],
}


def _pay_against_income() -> list[tuple[Changes, Changes]]:
    """Pay that an employer documents, beside a net income of 60,000 yuan that was told at the visit."""
    pairs: list[tuple[Changes, Changes]] = []
    for source in ("housing_fund", "social_insurance"):
        too_much = {"yearly_base_fen": 120_001 * YUAN}
        ended = {"paying": False, "months_since_paid": 11, "yearly_base_fen": 11_999 * YUAN}
        pairs += [
            ({source: too_much}, {source: {"yearly_base_fen": 120_000 * YUAN}}),
            ({source: too_much}, {source: too_much | {"by_employer": False}}),
            ({source: too_much}, {source: too_much | {"paying": False}}),
            ({source: ended}, {source: ended | {"yearly_base_fen": 12_000 * YUAN}}),
            ({source: ended}, {source: ended | {"yearly_base_fen": 0}}),
            ({source: ended}, {source: ended | {"months_since_paid": 12}}),
            ({source: ended}, {source: ended | {"by_employer": False}}),
            ({source: ended}, {source: _NO_CONTRIBUTIONS}),
        ]
    return pairs


CASES: dict[str, dict[str, list[tuple[Changes, Changes]]]] = {
    "sunshine_e_micro": {
        **_EVERYWHERE,
        "A04": [
            ({"application": {"group": "person"}}, {"application": {"group": "sole_trader"}}),
            ({"application": {"group": "unknown"}}, {"application": {"group": "farmer"}}),
        ],
        "V01": [({"pre_credit_list": {"vetoed": True}}, {})],
        "V02": [({"pre_credit_list": {"reviewers": 2}}, {"pre_credit_list": {"reviewers": 3}})],
        "V03": [({"pre_credit_list": {"score": 59}}, {"pre_credit_list": {"score": 60}})],
        "V04": [(_NOT_LISTED, {})],
        "V06": [({"pre_credit_list": {"product_code": "another"}}, {})],
        "D01": [*_EVERYWHERE["D01"], *_pay_against_income()],
        "L01": [
            (
                {"pre_credit_list": {"existing_debt_fen": 80_001 * YUAN}},
                {"pre_credit_list": {"existing_debt_fen": 80_000 * YUAN}},
            ),
            ({"bank": {"undrawn_fen": 71_000 * YUAN}}, {"bank": {"undrawn_fen": 70_000 * YUAN}}),
        ],
    },
    "tax_micro": {
        **_EVERYWHERE,
        "B01": [({"registry": {"business_months": 23}}, {"registry": {"business_months": 24}})],
        "B02": [({"registry": {"active": False}}, {})],
        "B03": [({"registry": {"industry": "6639"}}, {"registry": {"industry": "6513"}})],
        "B04": [({"registry": {"representative_months": 5}}, {"registry": {"representative_months": 6}})],
        "B05": [({"registry": {"share_percent": 19}}, {"registry": {"share_percent": 20}})],
        "T01": [({"tax": {"level": "C"}}, {"tax": {"level": "M"}}), ({"tax": {"level": "D"}}, {})],
        "T02": [({"tax": {"paid_months_24": 17}}, {"tax": {"paid_months_24": 18}})],
        "T03": [({"tax": {"longest_gap_months": 4}}, {"tax": {"longest_gap_months": 3}})],
        "T04": [({"tax": {"arrears": True}}, {})],
        "T05": [({"tax": {"serious_violation": True}}, {})],
        "T06": [
            ({"tax": {"yearly_mean_fen": 4_999 * YUAN}}, {"tax": {"yearly_mean_fen": 5_000 * YUAN}}),
        ],
        "T07": [
            ({"tax": {"revenue_fen": 699_999 * YUAN}}, {"tax": {"revenue_fen": 700_000 * YUAN}}),
        ],
        "P03": [
            (
                {"credit_bureau": {"hard_queries_2m": 4, "hard_queries_6m": 4}},
                {"credit_bureau": {"hard_queries_2m": 3, "hard_queries_6m": 4}},
            ),
        ],
        "P04": [({"credit_bureau": {"hard_queries_6m": 10}}, {"credit_bureau": {"hard_queries_6m": 9}})],
        "P05": [({"credit_bureau": {"unsecured_lenders": 4}}, {"credit_bureau": {"unsecured_lenders": 3}})],
        "P06": [({"credit_bureau": {"card_use_percent": 71}}, {"credit_bureau": {"card_use_percent": 70}})],
        "P07": [({"credit_bureau": {"bad_debt": True}}, {})],
        "W01": [({"warnings": {"raised": True}}, {})],
        "L01": [
            (
                {"credit_bureau": {"unsecured_debt_fen": 140_001 * YUAN}},
                {"credit_bureau": {"unsecured_debt_fen": 140_000 * YUAN}},
            ),
        ],
        "L02": [
            (
                {
                    "application": {"amount_fen": 300_001 * YUAN},
                    "tax": {"yearly_mean_fen": 60_000 * YUAN, "revenue_fen": 9_000_000 * YUAN},
                },
                {
                    "application": {"amount_fen": 300_000 * YUAN},
                    "tax": {"yearly_mean_fen": 60_000 * YUAN, "revenue_fen": 9_000_000 * YUAN},
                },
            ),
            # Nothing is above the threshold that the limit does not reach.
            (
                {
                    "application": {"amount_fen": 400_000 * YUAN},
                    "tax": {"yearly_mean_fen": 32_000 * YUAN, "revenue_fen": 9_000_000 * YUAN},
                },
                {
                    "application": {"amount_fen": 400_000 * YUAN},
                    "tax": {"yearly_mean_fen": 31_000 * YUAN, "revenue_fen": 9_000_000 * YUAN},
                },
            ),
        ],
        "D01": [
            *_EVERYWHERE["D01"],
            ({"credit_bureau": {"hard_queries_2m": 2}}, {"credit_bureau": {"hard_queries_2m": 1}}),
            ({"tax": {"yearly_mean_fen": 1_500_001 * YUAN}}, {"tax": {"yearly_mean_fen": 1_500_000 * YUAN}}),
        ],
    },
}
