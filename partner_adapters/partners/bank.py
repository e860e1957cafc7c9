"""A member bank, as its table in the configuration file describes it, with its published list of partners."""

from __future__ import annotations

from datetime import date

from pydantic import Field, model_validator

from partner_adapters.kit.values.settings import Settings
from partner_adapters.kit.values.texts import CompleteText


class ListedPartner(Settings):
    """One partner on the bank's list."""

    id: str = Field(min_length=1, max_length=48)
    name: CompleteText
    """The app or channel, as the partner's own block names it."""
    operator: CompleteText
    """The company that operates it."""
    since: date
    """The day from which the bank works with it."""


class Bank(Settings):
    """A member bank (法人行)."""

    name: CompleteText
    full_name: CompleteText
    """The name in the licence."""
    phone: str = Field(pattern=r"^[0-9][0-9 -]{3,18}[0-9]$")
    licence: str = Field(pattern=r"^[A-Z][0-9]{4}[A-Z][0-9]{9}$")
    """The number of the financial licence (金融许可证), its 机构编码."""
    licence_note: CompleteText | None = None
    """What must be said about the number, for example that it is invented."""
    listed_on: date
    """The day of the list below."""
    partners: tuple[ListedPartner, ...] = Field(min_length=1)
    """The bank's published list of all partners (金规〔2025〕9号). A partner that is not on it does not start."""

    @model_validator(mode="after")
    def _list_is_sound(self) -> Bank:
        ids = [partner.id for partner in self.partners]
        if twice := sorted({each for each in ids if ids.count(each) > 1}):
            raise ValueError(f"partners lists more than once: {', '.join(twice)}")
        if late := [partner.id for partner in self.partners if partner.since > self.listed_on]:
            raise ValueError(
                f"partners: since is later than listed_on = {self.listed_on} for {', '.join(late)}"
            )
        return self

    def listed(self, partner_id: str) -> ListedPartner | None:
        """Return the partner's entry on the list, or None."""
        return next((partner for partner in self.partners if partner.id == partner_id), None)
