"""Plain OAuth 2.0, as at WeChat and Alipay: a code by redirect or from a bridge, then calls that say whose it is.

No id_token ties the answer to the attempt, so `state` must return. With a bridge, our form sends it.
"""

from __future__ import annotations

from typing import Literal

from partner_adapters.identity.exchange.config import ExchangeConfig


class OAuth2Config(ExchangeConfig):
    """`[partners.<id>.identity]` with `dialect = "oauth2"`."""

    dialect: Literal["oauth2"]

    def faults_of_dialect(self) -> list[str]:
        faults = []
        for name, flow in self.flows.items():
            if flow.entry is None:
                faults.append(
                    f"{name}.entry: is missing: oauth2 needs the host's page, even if there is a bridge"
                )
            if flow.back.state is None:
                faults.append(
                    f"{name}.back.state: must return, or an attacker could inject another customer's code"
                )
        return faults
