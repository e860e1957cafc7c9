"""The courts."""

from __future__ import annotations

from mock_partners.outside.data_sources.settings import KnownPerson
from mock_partners.outside.data_sources.sources.moment import Moment
from partner_adapters.data.records.courts import CourtCase, CourtCases


def answer(person: KnownPerson, _bank_id: str, at: Moment) -> CourtCases:
    """Return the person's open cases."""
    file = person.courts
    counts = {"civil": file.material_defendant, "enforcement": file.open_enforcements}
    return CourtCases(
        name=person.name,
        id_number=person.id_number,
        as_of=at.today,
        dishonest=file.dishonest,
        cases=[_case(kind, number, at) for kind, count in counts.items() for number in range(count)],
    )


def _case(kind: str, number: int, at: Moment) -> CourtCase:
    filed_on = at.ago(90 + 30 * number)
    sort = "民初" if kind == "civil" else "执"
    return CourtCase.model_validate(
        {
            "number": f"（{filed_on.year}）苏07{sort}{101 + number}号",
            "court": "示例人民法院",
            "cause": "买卖合同纠纷",
            "kind": kind,
            "role": "defendant",
            "filed_on": filed_on,
            "amount_fen": 26_000_000 + 1_000_000 * number,
            "state": "open",
        }
    )
