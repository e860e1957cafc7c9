"""One form of a name to print and one to compare, whichever system wrote it."""

import ast
import re
from pathlib import Path

import pytest

from partner_adapters.kit.values.check_digits import document_of, is_id_number
from partner_adapters.kit.values.masking import mask_name
from partner_adapters.kit.values.names import (
    as_on_card,
    from_certificate,
    in_certificate,
    is_letter,
    is_same,
    private_use,
)

ROOT = Path(__file__).parents[4]
DOTS = "·•・‧．∙⋅･.\u0387\ua78f\u318d"


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        *((f"阿依古丽{dot}麦麦提", "阿依古丽·麦麦提") for dot in DOTS),
        ("阿依古丽 ・ 麦麦提", "阿依古丽·麦麦提"),
        # 䶮 and 龴, as systems of 1995 and of 2000 write them.
        ("王\ue863", "王䶮"),
        ("\ue81e\ue816", "龴𠂇"),
        (" 王　强 ", "王强"),
        ("葛\U000e0100城", "葛城"),
        ("ＡＮＮＡ　 ＷＥＢＥＲ", "ANNA WEBER"),
        ("J. Smith", "J. Smith"),
        ("O'Neil-Li", "O'Neil-Li"),
        ("杨𬍛", "杨𬍛"),
    ],
)
def test_a_name_is_printed_as_the_identity_card_has_it(written: str, printed: str) -> None:
    assert as_on_card(written) == printed
    assert as_on_card(printed) == printed
    assert is_same(written, printed)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("王强", "王刚"),
        ("阿依古丽·麦麦提", "阿依古丽麦麦提"),
        ("李\u202e英", "李英"),
        ("張三", "张三"),
        ("王\ue001", "王"),
        ("", ""),
    ],
)
def test_names_that_differ_stay_different(one: str, other: str) -> None:
    assert not is_same(one, other)


def test_the_table_of_private_characters_is_one_to_one_and_leads_to_standard_ones() -> None:
    table = private_use()
    assert len(table) == len(set(table.values())) == 95
    assert all(0xE000 <= private <= 0xF8FF for private in table)
    assert all(as_on_card(character) == character for character in table.values())


def test_a_certificate_writes_later_characters_by_their_number_and_no_two_names_alike() -> None:
    for name in ("杨𬍛", "李秀英", "阿依古丽·麦麦提", "\u9fc3\U000318ca"):
        written = in_certificate(name)
        assert from_certificate(written) == name
    assert in_certificate("杨𬍛") == "杨{2C35B}"
    # No name of a person has braces, so none can be written as another one is.
    assert not is_letter("{")


def test_a_mask_shows_two_letters_at_most() -> None:
    names = ("A·B", "阿依古丽•麦麦提", "王\ue863", "王𬍛", "葛\U000e0100城", "欧阳𫖮美")
    assert [mask_name(name) for name in names] == ["A·*", "阿***·**提", "王*", "王*", "葛*", "欧**美"]


def test_the_number_tells_which_document_it_is_of() -> None:
    numbers = ("320722197905120246", "820000198806140029", "932276198503220027")
    assert all(map(is_id_number, numbers))
    assert [document_of(number) for number in numbers] == ["cn_id_card", "residence_permit", "foreigner_card"]


# Comparisons of names of things that are no persons: jobs, switches, parameters, partners of a file.
NO_PERSONS = {
    "h5app/partner_api/versions.py",
    "mock_partners/bank/core/audit/proofs.py",
    "mock_partners/bank/core/switches/names.py",
    "mock_partners/bank/core/kernel/dated_changes.py",
    "mock_partners/bank/core/kernel/limit_uses.py",
    "mock_partners/bank/core/kernel/parameters.py",
    "mock_partners/bank/core/kernel/stops.py",
    "mock_partners/bank/core/switches/records.py",
    "partner_adapters/kit/durable/jobs.py",
    "partner_adapters/partners/file.py",
}
# What a person's name is called where it is stored, sent or read.
PERSONS = {
    "name",
    "holder_name",
    "contact_name",
    "common_name",
    "earlier_name",
    "representative",
    "applicant",
}
COMPARED = re.compile(r"(name|representative)\b[^\n]*[!=]=[^\n]*(name|applicant)\b")


def test_every_comparison_of_two_persons_names_uses_the_one_function() -> None:
    texts = {
        str(path.relative_to(ROOT)): path.read_text("utf-8")
        for package in ("h5app", "mock_partners", "partner_adapters")
        for path in (ROOT / package).rglob("*.py")
    }
    found = {
        path: ast.unparse(node)
        for path, text in texts.items()
        if path not in NO_PERSONS and COMPARED.search(text)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Compare)
        and isinstance(node.ops[0], ast.Eq | ast.NotEq)
        and all(_is_a_persons(side) for side in (node.left, *node.comparators))
    }
    assert found == {}


def _is_a_persons(node: ast.expr) -> bool:
    """Whether it is an attribute or a column of this name, or a tuple that has one."""
    if isinstance(node, ast.Tuple):
        return any(map(_is_a_persons, node.elts))
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return node.slice.value in PERSONS
    return _name_of(node) in PERSONS


def _name_of(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
