"""Whether a person lives or trades in the bank's area: by which address, who stated it, when, and how sure that is.

The identity number says nothing about it: its first digits are where a person was first registered. An address that is
not understood, that contradicts another one, or that was moved into the area lately is doubt, and a person decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, select

from mock_partners.bank.core.account_services.tables import address_change
from mock_partners.bank.core.decision.facts import SourceStatement
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.wallet.records import OF_OPEN_ACCOUNT
from mock_partners.bank.core.wallet.tables import account, particulars
from partner_adapters.kit.values.clock import CHINA
from partner_adapters.kit.values.divisions import Relation, locate, relation

# A person who moved from elsewhere this lately may have written what the bank wants to read (the bank's judgement).
SETTLED_AFTER = timedelta(days=90)
# How sure an address is, the surest first: an authority registered it, the bank was there, the customer stated it.
Sureness = Literal["registered", "visited", "stated"]
_SUREST_FIRST: Sequence[Sureness] = ("registered", "visited", "stated")
_p, _change = particulars.c, address_change.c
_EARLIER = (
    select(_change.earlier_address)
    .where(_change.bank_id == _p.bank_id, _change.account_id == _p.account_id)
    .order_by(_change.changed_at.desc(), _change.change_id)
    .limit(1)
    .scalar_subquery()
)
_STATED = select(_p.address, _p.stated_at, _EARLIER.label("earlier")).join(account, OF_OPEN_ACCOUNT)


@dataclass(frozen=True)
class Evidence:
    """One address. `place`: its divisions, "" if it was not understood. The address itself is not repeated."""

    kind: Literal["residence", "business"]
    source: str
    as_of: date
    sureness: Sureness
    relation: Relation
    place: str


@dataclass(frozen=True)
class Region:
    """What all addresses together say. `decided_by`: the surest one that says so, or None without any."""

    relation: Relation
    decided_by: Evidence | None

    @property
    def facts(self) -> Mapping[str, Any]:
        """The facts of the source `identity` about it. "" where no address decides."""
        by = self.decided_by
        return {
            "region_known": self.relation != "unknown",
            "in_region": self.relation == "inside",
            "region_by": "" if by is None else f"{by.kind}, {by.sureness}",
            "region_source": "" if by is None else by.source,
            "region_as_of": "" if by is None else by.as_of.isoformat(),
            "region_place": "" if by is None else by.place,
        }


def region_of(
    conn: Connection, ctx: Context, customer_id: str, statements: Iterable[SourceStatement]
) -> Region:
    """Return where the customer lives or trades, by the bank's own records and what sources stated."""
    found = [*_stated(conn, ctx, customer_id)]
    for statement in statements:
        found += _listed(ctx, statement) if statement.source == "pre_credit_list" else []
        found += _registered(ctx, statement) if statement.source == "registry" else []
    return weigh(found)


def weigh(found: Sequence[Evidence]) -> Region:
    """Return what the addresses say together.

    Living or trading in the area is enough. Addresses of one kind that contradict each other are doubt, and so is one
    that may lie inside while no other does.
    """
    kinds = {kind: [each for each in found if each.kind == kind] for kind in ("residence", "business")}
    said = {kind: _agreed(evidence) for kind, evidence in kinds.items() if evidence}
    if "inside" in said.values():
        result: Relation = "inside"
    elif said and set(said.values()) == {"outside"}:
        result = "outside"
    else:
        result = "unknown"
    deciding = [
        each for kind, evidence in kinds.items() if said.get(kind) == result for each in evidence
    ] or list(found)
    # One that says so before one that was not understood, then the surest, then the newest.
    deciding.sort(
        key=lambda each: (
            each.relation != result,
            _SUREST_FIRST.index(each.sureness),
            -each.as_of.toordinal(),
        )
    )
    return Region(result, deciding[0] if deciding else None)


def _agreed(evidence: Sequence[Evidence]) -> Relation:
    """Return what addresses of one kind say. One that was not understood contradicts none."""
    understood = {each.relation for each in evidence} - {"unknown"}
    return understood.pop() if len(understood) == 1 else "unknown"


def _stated(conn: Connection, ctx: Context, customer_id: str) -> Iterable[Evidence]:
    """Yield the address that the customer stated at the opening of the account, or changed it to since."""
    now = conn.execute(_STATED, {"bank_id": ctx.bank_id, "customer_id": customer_id}).one_or_none()
    if now is None:
        return
    earlier = now.earlier
    stated_on = now.stated_at.astimezone(CHINA).date()
    evidence = _evidence(ctx, "residence", now.address, "account_opening", stated_on, "stated")
    if earlier is not None:
        before = relation(locate(earlier), ctx.bank.area_codes)
        has_moved_in = evidence.relation == "inside" and before != "inside"
        lately = ctx.today - stated_on < SETTLED_AFTER
        said: Relation = "unknown" if has_moved_in and lately else evidence.relation
        evidence = Evidence("residence", "address_change", stated_on, "stated", said, evidence.place)
    yield evidence


def _listed(ctx: Context, statement: SourceStatement) -> list[Evidence]:
    """Return the household that the bank's own people visited: its list holds villages of its area alone."""
    facts = statement.facts
    if facts.get("listed") is not True or not isinstance(facts.get("village"), str):
        return []
    place = locate(facts["village"])
    visited_on = _day(facts.get("visited_on")) or statement.as_of
    said: Relation = "inside" if place is None else relation(place, ctx.bank.area_codes)
    name = facts["village"] if place is None else place.name
    return [Evidence("residence", statement.source, visited_on, "visited", said, name)]


def _registered(ctx: Context, statement: SourceStatement) -> list[Evidence]:
    """Return the address of the business in the company registry."""
    address = statement.facts.get("address")
    if not isinstance(address, str) or not address.strip():
        return []
    return [_evidence(ctx, "business", address, statement.source, statement.as_of, "registered")]


def _evidence(
    ctx: Context,
    kind: Literal["residence", "business"],
    address: str,
    source: str,
    as_of: date,
    sureness: Sureness,
) -> Evidence:
    place = locate(address)
    return Evidence(
        kind,
        source,
        as_of,
        sureness,
        relation(place, ctx.bank.area_codes),
        "" if place is None else place.name,
    )


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
