"""The desk tells rules, facts and days in the words of its staff, never by the names of a product document."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

import h5app
from mock_partners.bank.core.products.catalogue import seeds
from mock_partners.bank.core.products.composition import POLICIES
from mock_partners.bank.core.products.document import OTHER_GROUP
from mock_partners.bank.desk.pages import LABELS, in_words, shown
from tests.support.people.stated import stated_by_sources

# A name of a fact or a figure, an operator, or an English word.
RAW = re.compile(r"[a-z_]{2,}|&&|\|\||[=<>]=")
CATALOGUE = Path(h5app.__file__).parent / "locales" / "zh_CN" / "messages.po"
RULES = sorted({rule.when for document in seeds() for rule in document.all_rules})


@pytest.mark.parametrize("when", RULES)
def test_each_condition_of_a_product_is_told_in_words(when: str) -> None:
    assert not RAW.search(in_words(when)), in_words(when)


def test_whatever_a_source_may_state_has_a_name() -> None:
    names, words = stated_by_sources()
    assert names - LABELS["fact"].keys() == set()
    assert words - LABELS["stated"].keys() == set()


def test_each_reason_of_a_policy_or_a_product_has_a_label() -> None:
    policies = [tomllib.loads(path.read_text("utf-8")) for path in sorted(POLICIES.glob("*.toml"))]
    codes = {rule["code"] for policy in policies for rule in policy.get("rules", []) if "code" in rule}
    codes |= {rule.code for document in seeds() for rule in document.all_rules}
    assert {"A01", "J01", "N01", "T01"} <= codes
    # What h5app tells customers are all the codes, also those that no rule of a document has.
    told = set(re.findall(r'^msgid "reason\.([A-Z][0-9]+)', CATALOGUE.read_text("utf-8"), re.MULTILINE))
    assert {OTHER_GROUP, "K01"} <= told
    assert (codes | told) - LABELS["reason"].keys() == set()


def test_a_condition_reads_as_a_sentence() -> None:
    told = "税务“近 24 月纳税月数” < 最少纳税月数 或 不是：工商“登记状态正常”"
    assert in_words("tax.paid_months_24 < params.tax_months || !registry.active") == told


def test_why_there_is_no_limit_is_told_in_words() -> None:
    assert in_words("a fact is missing") == "少一项事实"
    assert in_words("limit: tax.yearly_mean_fen is missing") == "额度：税务“年均纳税额” 缺失"


def test_a_stated_day_is_written_out_and_what_only_looks_like_one_is_kept() -> None:
    assert shown("2026-11-16") == "2026年11月16日"
    assert shown("2026-19-16") == "2026-19-16"
