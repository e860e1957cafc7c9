"""The block of a host with calls, checked as a whole, so that a mistake stops the start and not a customer."""

from __future__ import annotations

from pydantic import model_validator

from partner_adapters.identity.exchange.flow_checks import faults_of
from partner_adapters.identity.exchange.registration import Registration


class ExchangeConfig(Registration):
    """A registration whose parts fit together."""

    @model_validator(mode="after")
    def _fits_together(self) -> ExchangeConfig:
        if self.environment not in self.hosts:
            raise ValueError(f"environment: there is no hosts.{self.environment}")
        if faults := [*faults_of(self), *self.faults_of_dialect()]:
            raise ValueError("; ".join(faults))
        return self

    def faults_of_dialect(self) -> list[str]:
        """Return what this dialect does not allow, each with its key."""
        return []
