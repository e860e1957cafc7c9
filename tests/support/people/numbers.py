"""Numbers that pass their checks, for people and cards that only a test knows."""

from partner_adapters.kit.values.check_digits import luhn_check


def card_number(prefix: str, length: int, last_four: str) -> str:
    """Return a card number of `length` digits from `prefix` to `last_four` that passes Luhn."""
    free = length - len(prefix) - len(last_four)
    numbers = (prefix + str(filler).zfill(free) + last_four for filler in range(10))
    return next(number for number in numbers if luhn_check(number[:-1]) == number[-1])
