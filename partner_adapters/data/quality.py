"""Whether an answer can be believed: complete (充分性), plausible (合理性), about this person and consistent (真实性).

A fault puts the source in doubt, and doubt refers to a person. Nothing is repaired or guessed.
"""

from __future__ import annotations

from collections.abc import Mapping

from partner_adapters.data.records.base import Facts, SourceRecord
from partner_adapters.kit.values.names import is_same

FAULTS = "faults"
OTHER_PERSON = "other_person"


def judged_facts(record: SourceRecord, name: str, id_number: str) -> Facts:
    """Return the record's facts, with `faults` beside them if there are any.

    `name` and `id_number`: of the person who was asked about. Of a record about someone else no fact is returned.
    """
    if not is_same(record.name, name) or record.id_number.upper() != id_number.upper():
        return {FAULTS: [OTHER_PERSON]}
    faults = sorted(set(record.faults()))
    try:
        facts = record.facts()
    except ValueError:  # such as a month that is none
        return {FAULTS: faults or ["implausible.record"]}
    return {**facts, FAULTS: faults} if faults else facts


def contradictions(facts: Mapping[str, Facts], applicant: str) -> dict[str, list[str]]:
    """Return what sources say that cannot both be true, by each source that is then in doubt.

    `facts`: by source. `applicant`: the name of the person who applies.
    """
    found: dict[str, list[str]] = {}
    tax, registry = facts.get("tax", {}), facts.get("registry", {})
    codes = (tax.get("credit_code"), registry.get("credit_code"))
    if all(codes) and codes[0] != codes[1]:
        found["tax"] = found["registry"] = ["contradicts.credit_code"]
    if tax.get("known") and registry.get("registered") is False:
        found["tax"] = found["registry"] = ["contradicts.business"]
    representative = registry.get("representative")
    if representative is not None and not is_same(representative, applicant):
        found["registry"] = [*found.get("registry", []), "contradicts.representative"]
    return found
