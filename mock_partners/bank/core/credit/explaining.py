"""What a decision says on the wire: reasons, bounds and a change with amounts in yuan.

A decision stores codes and figures. The texts of a product's own codes come from the edition that the decision was made
with. So a later version of the product does not change what a customer was told.
"""

from __future__ import annotations

from typing import Any

from mock_partners.bank.core.products.document import ProductDocument, Rule
from mock_partners.bank.core.products.filling import fill, fill_found, page_figures
from partner_adapters.core_bank.applications import FoundReason, LimitBound, Reason, WouldApprove
from partner_adapters.kit.values.texts import Text
from partner_adapters.kit.values.wire import with_wire_names


def reason_to_wire(stored: dict[str, Any], document: ProductDocument | None) -> Reason:
    """Return a reason whose figures are amounts in yuan. They are stored as the rules name them, amounts in fen.

    `document`: the edition of the product. None for decisions from before editions were kept: codes alone.
    """
    found = FoundReason.model_validate({**stored, "params": with_wire_names(stored["params"])})
    rule = document and own_rule(document, found.code)
    if document is None or rule is None:
        return Reason(**found.model_dump())
    texts = {name: getattr(rule, name) for name in ("text", "need", "help")}
    filled = {name: fill_found(document, text, stored["params"]) for name, text in texts.items() if text}
    return Reason(**found.model_dump(), **filled)


def own_rule(document: ProductDocument, code: str) -> Rule | None:
    """Return the rule that has the texts of a code, or None where the pages know the code."""
    return next((rule for rule in document.rules if rule.code == code and rule.text), None)


def bounds_to_wire(limit: dict[str, Any], document: ProductDocument | None) -> list[LimitBound]:
    """Return the bounds that the trace of a decision names. Decisions made before it named them have none."""
    return [
        LimitBound(
            code=bound["code"],
            name=bound["name"],
            amount_fen=bound["amount_fen"],
            leaves_fen=max(bound["leaves_fen"], 0),
            binds=bound["code"] == limit["binding"],
            help=None if document is None else _help_of_bound(document, bound["code"]),
        )
        for bound in limit.get("bounds", ())
    ]


def _help_of_bound(document: ProductDocument, code: str) -> Text | None:
    own = next((bound.help for bound in document.limit.bounds if bound.code == code), None)
    return own and fill(own, page_figures(document))


def would_approve_to_wire(stored: dict[str, Any] | None) -> WouldApprove | None:
    """Return the single change with figures as `reason_to_wire` has them."""
    if stored is None:
        return None
    return WouldApprove.model_validate({**stored, "params": with_wire_names(stored["params"])})
