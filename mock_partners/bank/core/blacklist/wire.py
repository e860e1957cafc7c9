"""Entries of the list as the bank's staff and the person concerned see them."""

from __future__ import annotations

from datetime import date

from mock_partners.bank.core.blacklist.records import EntryRecord
from partner_adapters.core_bank.blacklist import BlacklistEntry, BlacklistEntryInFull, BlacklistStep
from partner_adapters.kit.values.check_digits import is_id_number
from partner_adapters.kit.values.masking import mask_id_number


def entry_to_wire(entry: EntryRecord, today: date) -> BlacklistEntry:
    """Return the wire model, with the subject masked."""
    return BlacklistEntry(
        number=entry.number,
        state=entry.state,
        stands=entry.stands_on(today),
        kind="person" if is_id_number(entry.subject) else "business",
        subject_masked=mask_id_number(entry.subject),
        reason=entry.reason,
        begins_on=entry.begins_on,
        ends_on=entry.ends_on,
        proposed_by=entry.steps[0].operator,
        proposed_at=entry.steps[0].at,
    )


def entry_in_full_to_wire(entry: EntryRecord, today: date) -> BlacklistEntryInFull:
    """Return the wire model with the subject, the source and the record."""
    return BlacklistEntryInFull(
        **entry_to_wire(entry, today).model_dump(),
        subject=entry.subject,
        source=entry.source,
        steps=[
            BlacklistStep(
                number=step.number, step=step.step, note=step.note, operator=step.operator, at=step.at
            )
            for step in entry.steps
        ],
    )
