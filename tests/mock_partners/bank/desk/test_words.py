"""The desk tells rules, facts and days in the words of its staff, never by the names of a product document."""

from __future__ import annotations

import re

import pytest

from mock_partners.bank.core.products.catalogue import seeds
from mock_partners.bank.desk.pages import LABELS, in_words, shown
from tests.support.people.stated import stated_by_sources

# A name of a fact or a figure, an operator, or an English word.
RAW = re.compile(r"[a-z_]{2,}|&&|\|\||[=<>]=")
RULES = sorted({rule.when for document in seeds() for rule in document.all_rules})


@pytest.mark.parametrize("when", RULES)
def test_each_condition_of_a_product_is_told_in_words(when: str) -> None:
    assert not RAW.search(in_words(when)), in_words(when)


def test_whatever_a_source_may_state_has_a_name() -> None:
    names, words = stated_by_sources()
    assert names - LABELS["fact"].keys() == set()
    assert words - LABELS["stated"].keys() == set()


def test_a_condition_reads_as_a_sentence() -> None:
    told = "税务“近 24 月纳税月数” < 最少纳税月数 或 不是：工商“登记状态正常”"
    assert in_words("tax.paid_months_24 < params.tax_months || !registry.active") == told


def test_why_there_is_no_limit_is_told_in_words() -> None:
    assert in_words("a fact is missing") == "少一项事实"
    assert in_words("limit: tax.yearly_mean_fen is missing") == "额度：税务“年均纳税额” 缺失"


def test_a_stated_day_is_written_out_and_what_only_looks_like_one_is_kept() -> None:
    assert shown("2026-11-16") == "2026年11月16日"
    assert shown("2026-19-16") == "2026-19-16"
