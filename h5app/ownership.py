"""Whose it is: a page shows only what the bank lists as this person's, whatever id its address names."""

from __future__ import annotations

from typing import Literal

from h5app.visit import Visit
from partner_adapters.core_bank.customers import Overview
from partner_adapters.kit.values.problems import Problem

Kind = Literal["application", "contract", "line", "loan"]


def _listed(overview: Overview, kind: Kind) -> set[str | None]:
    if kind == "application":
        return {application.application_id for application in overview.applications}
    if kind == "contract":
        asked = {application.contract_id for application in overview.applications}
        return asked | {line.contract_id for line in overview.lines}
    if kind == "line":
        return {line.line_id for line in overview.lines}
    return {loan.loan_id for loan in overview.loans}


async def overview_with(visit: Visit, kind: Kind, ref: str) -> Overview:
    """This person's overview, which lists `ref`. Raises `Problem` 404 as for an id that nobody has."""
    overview = await visit.core.customers.overview(visit.person.customer_id)
    if ref not in _listed(overview, kind):
        raise Problem(404, f"{kind}.unknown")
    return overview
