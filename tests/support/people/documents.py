"""Until when a person's identity card is valid."""

from __future__ import annotations

from datetime import date

from mock_partners.testing.people.personas import Person
from partner_adapters.kit.pages.typed import NEVER, read_expiry


def card_ends_on(who: Person) -> date | None:
    """Return the last day of the person's card; None: 长期."""
    ends_on = read_expiry(who.id_card_until)
    return None if ends_on == NEVER else ends_on
