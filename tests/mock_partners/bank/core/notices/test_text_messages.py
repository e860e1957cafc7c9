"""Text messages write amounts, dates and brackets as the pages do."""

from __future__ import annotations

import re
import tomllib

import pytest

from mock_partners.bank.core.notices.text_messages import TEXTS, _as_on_pages
from mock_partners.bank.core.products.catalogue import SEEDS


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("amount", "80000.00", "80,000"),
        ("balance", "1713.98", "1,713.98"),
        ("due_on", "2026-12-21", "2026年12月21日"),
        ("rate", "5.00", "5.00"),
        ("last_four", "3306", "3306"),
        ("reference", "3F7K-21QX", "3F7K-21QX"),
        ("code", "123456", "123456"),
        ("card", "中国银行（1234）", "中国银行（1234）"),
    ],
)
def test_a_value_is_written_as_on_the_pages(name: str, value: str, shown: str) -> None:
    assert _as_on_pages(name, value, "zh") == shown


def test_a_date_is_written_in_the_language_of_the_message() -> None:
    assert _as_on_pages("due_on", "2026-12-21", "en") == "21 December 2026"


def test_texts_of_the_bank_have_full_width_brackets() -> None:
    texts = [text for kind in TEXTS.values() for text in _chinese(kind)]
    for seed in SEEDS.glob("*.toml"):
        texts += _chinese(tomllib.loads(seed.read_text("utf-8")))
    assert len(texts) > 50
    assert [text for text in texts if re.search("[\u4e00-\u9fff%]\\(|\\([^()]*[\u4e00-\u9fff]", text)] == []


def _chinese(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for key, each in value.items() if key != "en" for text in _chinese(each)]
    if isinstance(value, list):
        return [text for each in value for text in _chinese(each)]
    return [value] if isinstance(value, str) and re.search("[\u4e00-\u9fff]", value) else []
