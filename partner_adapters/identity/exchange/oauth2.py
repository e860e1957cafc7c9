"""Plain OAuth 2.0, as WeChat and Alipay have it: a code by redirect or from a bridge, then calls that say whose.

No id_token ties the answer to this attempt, so `state` must return; with a code from the bridge our own form sends it.
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
                    f"{name}.entry: is missing: oauth2 has a page of the host's, beside a bridge too"
                )
            if flow.back.state is None:
                faults.append(f"{name}.back.state: must return, or another person's code could be slipped in")
        return faults
