import pytest

from partner_adapters.kit.values.masking import mask_id_number, mask_name, mask_phone, mask_text
from partner_adapters.kit.values.rates import rate_percent


def test_the_house_masks() -> None:
    assert [mask_name(n) for n in ("", "张", "王强", "李秀英", "欧阳小美")] == [
        "",
        "*",
        "王*",
        "李*英",
        "欧**美",
    ]
    assert mask_id_number("320705199001011234") == "3207**********1234"
    assert mask_phone("13800138000") == "138****8000"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("card 6217856100012345678 refused", "card 6217***********5678 refused"),
        ("id=11010519491231002X", "id=1101**********002X"),
        ("tel:13800138000,", "tel:138****8000,"),
        ("order 12345678", "order 12345678"),
    ],
)
def test_numbers_inside_free_text_are_hidden(text: str, shown: str) -> None:
    assert mask_text(text) == shown


def test_a_rate_is_never_shown_rounded() -> None:
    assert [rate_percent(p) for p in (0, 43_500, 43_505, 65_250, 240_000)] == [
        "0.00",
        "4.35",
        "4.3505",
        "6.525",
        "24.00",
    ]
