"""A ticket from the host's bridge or in the callback, which signed calls redeem (浙里办, Hanweb).

If `state` does not return, only the browser that began an attempt can finish it, and only its latest attempt.
"""

from __future__ import annotations

from typing import Literal

from partner_adapters.identity.exchange.config import ExchangeConfig


class TicketConfig(ExchangeConfig):
    """`[partners.<id>.identity]` with `dialect = "ticket"`."""

    dialect: Literal["ticket"]

    def faults_of_dialect(self) -> list[str]:
        return [
            f"{name}.steps.{flow.steps[0].name}: nothing proves that the call is ours: add sign, or use {{app_secret}}"
            for name, flow in self.flows.items()
            if flow.steps[0].sign is None and not self.app_secret
        ]
