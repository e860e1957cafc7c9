"""The class of the account that is opened: II, or III where the customer chooses it for a card of another class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from partner_adapters.kit.pages.forms import FieldError, Form
from partner_adapters.kit.values.money import fen_from_wire

# The tick of the screen that takes the card.
CHOICE = "class_three"
_FIGURES = ("most", "day")


@dataclass(frozen=True)
class ClassThree:
    """What an account of class III may contain, and what may leave it in a day, in fen."""

    most_fen: int
    day_fen: int


def choose_class(form: Form, card: Mapping[str, str], answers: Mapping[str, str]) -> dict[str, str]:
    """Return the answers about the card with the class. The refusal of a card that class III takes is withdrawn."""
    chosen, refused = form.values[CHOICE] == "yes", form.errors.get("card_number")
    if chosen and _is_other_class(refused):
        assert refused is not None
        del form.errors["card_number"]
        figures = {f"class_three_{name}": str(refused.params[name]) for name in _FIGURES}
        return {**card, CHOICE: "yes", "account_class": "III", **figures}
    # The bank is not asked again about a card that it has answered about.
    is_same = bool(card) and card.get("card_number") == answers.get("card_number")
    if is_same and answers.get("account_class") == "III":
        if chosen:
            return dict(card)
        form.fail(
            "card_number", "card.not_class_i", **{name: answers[f"class_three_{name}"] for name in _FIGURES}
        )
    return {**card, CHOICE: "", "account_class": "II"} if card else {}


def offered_class(form: Form, answers: Mapping[str, str]) -> ClassThree | None:
    """Return the figures of class III where the card on this screen opens no other. None: it is not offered."""
    refused = form.errors.get("card_number")
    if _is_other_class(refused):
        assert refused is not None
        return _figures(refused.params)
    return chosen_class(answers)


def chosen_class(answers: Mapping[str, str]) -> ClassThree | None:
    """Return the figures of class III where the customer has chosen it."""
    if answers.get("account_class") != "III":
        return None
    return _figures({name: answers[f"class_three_{name}"] for name in _FIGURES})


def _is_other_class(refused: FieldError | None) -> bool:
    return (
        refused is not None
        and refused.code == "card.not_class_i"
        and all(name in refused.params for name in _FIGURES)
    )


def _figures(params: Mapping[str, object]) -> ClassThree:
    return ClassThree(fen_from_wire(params["most"]), fen_from_wire(params["day"]))
