"""The context that every command and query of the core is handed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from mock_partners.bank.core.kernel.caller import Caller, PartnerClient, partner_of
from mock_partners.bank.core.kernel.consent_texts import Texts
from mock_partners.bank.core.kernel.settings import Bank, CoreSettings, Parameters
from partner_adapters.core_bank.consents import ConsentText
from partner_adapters.identity.policy import StepUpPolicy


@dataclass(frozen=True)
class Context:
    """The bank, the caller, the time, the core's settings and the consent texts that are current.

    A request's access token decides the bank and the caller. Jobs and notices make a context of their own.
    `now` and `today` are business time, `wall` is protocol time.
    """

    bank_id: str
    caller: Caller
    now: datetime
    today: date
    wall: datetime
    settings: CoreSettings
    texts: Texts
    # What the clock says: a bank's own date may lie before it.
    clock_now: datetime
    # What applies at this bank today.
    parameters: Parameters
    # What the partner named at the launch under which this request came; orders keep it.
    external_reference: str | None = None

    @property
    def partner(self) -> str:
        """The partner whose client calls. Raises `NotAPartner` for every other kind of caller."""
        return partner_of(self.caller)

    def text(self, purpose: str) -> ConsentText:
        """Return the current text of a purpose, as it is shown in the caller's app. Problem 404."""
        partner = self.caller.partner if isinstance(self.caller, PartnerClient) else ""
        return self.texts.current(self.bank_id, purpose, partner)

    @property
    def pages_url(self) -> str:
        """Where this caller's partner has its pages, without a slash at the end. Raises `NotAPartner`."""
        return self.settings.client[self.bank_id, self.partner].pages_url

    def queue_of(self, customer_id: str) -> str:
        """Return the queue in which writes about this customer of the bank wait for each other."""
        return name_queue(self.bank_id, customer_id)

    @property
    def bank(self) -> Bank:
        """The member bank itself."""
        return self.settings.bank[self.bank_id]

    @property
    def step_up(self) -> StepUpPolicy:
        """The evidence that this caller's partner must bring for each action. Raises `NotAPartner`."""
        return self.settings.policy(self.bank_id, self.partner)


def name_queue(bank_id: str, customer_id: str) -> str:
    """Return the queue of one customer (`Store.write`); none for an empty id."""
    return f"{bank_id}/{customer_id}" if customer_id else ""


def context(
    now: datetime,
    wall: datetime,
    settings: CoreSettings,
    texts: Texts,
    bank_id: str,
    caller: Caller,
    clock_now: datetime,
    parameters: Parameters,
) -> Context:
    """Return the context of this moment."""
    return Context(bank_id, caller, now, now.date(), wall, settings, texts, clock_now, parameters)
