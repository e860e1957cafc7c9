"""A name ends signed or refused when its contract is prepared, never in between: after the borrower confirmed."""

import sys
import unicodedata
from typing import Any

import pytest
from fontTools.ttLib import TTFont
from pylopdf_fonts_zh_cn import serif_path

from mock_partners.bank.esign.rendering import FONTS
from mock_partners.bank.esign.sealed_documents import template_data
from mock_partners.bank.esign.signing import sign
from partner_adapters.esign.wire import Holder, Signer
from partner_adapters.kit.values.problems import Problem
from tests.mock_partners.bank.esign.building import (
    NOW,
    SIGNER,
    authority,
    contract,
    prepared,
    renderer,
    settlement,
    will,
)
from tests.support.sample import every_nth

# 通用规范汉字表 (2013): the 8,105 characters that names are registered with.
STANDARD = "".join((FONTS / "standard_characters.txt").read_text("utf-8").split())
# As long as a name may be (`Signer.name`).
LONGEST = 60
DOTS = "·•‧∙⋅・･．.-' "
# One letter or mark in a hundred, of every script and plane.
LETTERS = "".join(filter(lambda c: unicodedata.category(c)[0] in "LM", map(chr, range(sys.maxunicode))))[
    ::101
]
# A name in which scripts of both directions meet is in no certificate.
_RIGHT_TO_LEFT = ("R", "AL")


def named(name: str) -> Signer:
    return SIGNER.model_copy(update={"name": name})


def names_of(characters: str) -> list[str]:
    return [characters[at : at + LONGEST] for at in range(0, len(characters), LONGEST)]


def numbers_of(names: list[str], nth: int) -> list[Any]:
    return every_nth([(number,) for number in range(len(names))], nth)


def refused_characters(problem: Problem) -> set[str]:
    assert problem.code in ("esign.missing_glyph", "esign.not_certifiable")
    assert {error.field for error in problem.errors} == {"signer.name"}
    return {chr(int(str(error.params["character"])[2:], 16)) for error in problem.errors}


def sign_or_refuse(characters: str) -> str:
    """Sign a contract of a person whose name has these, but for those that are refused before. Return these."""
    name, refused = characters, set[str]()
    while name:
        try:
            pdf = prepared(contract(signer=named(name)))
        except Problem as problem:
            refused |= refused_characters(problem)
            name = "".join(character for character in characters if character not in refused)
        else:
            sign(pdf, will(named(name)), authority(), renderer(), NOW)
            break
    return "".join(sorted(refused))


STANDARD_NAMES = names_of(STANDARD)
NAMES = [
    name
    for right_to_left in (False, True)
    for name in names_of(
        "".join(c for c in LETTERS if (unicodedata.bidirectional(c) in _RIGHT_TO_LEFT) is right_to_left)
    )
]


def test_the_list_is_the_whole_table() -> None:
    assert len(set(STANDARD)) == len(STANDARD) == 8_105
    assert {ord(c) >> 16 for c in STANDARD} == {0, 2}


@pytest.mark.parametrize("number", numbers_of(STANDARD_NAMES, 70))
def test_each_standard_character_is_signed(number: int) -> None:
    assert sign_or_refuse(STANDARD_NAMES[number]) == ""


def test_the_fonts_draw_each_standard_and_each_rare_character() -> None:
    shipped = [set(TTFont(path).getBestCmap()) for path in serif_path().parent.glob("*.otf")]
    added = set(TTFont(FONTS / "SunbridgeRareHan.ttf").getBestCmap())
    assert all(set(map(ord, STANDARD)) <= font for font in shipped)
    assert len(added) == 1_623
    assert (FONTS / "SunbridgeRareHan.ttf").stat().st_size <= 2_000_000
    # One contract and one certificate with the first and last of each plane, and of names of the ministry's lists.
    plane = {number: sorted(c for c in added if c >> 16 == number) for number in (0, 2, 3)}
    name = "".join(chr(c) for found in plane.values() for c in (found[0], found[-1])) + "杨𬍛"
    assert sign_or_refuse(name) == ""
    holder = Holder(name=name, id_number_masked="3207**********0246")
    renderer().render("settlement", template_data(settlement(holder=holder)), NOW)


@pytest.mark.parametrize("number", numbers_of(NAMES, 20))
def test_a_letter_of_any_script_is_signed_or_refused(number: int) -> None:
    sign_or_refuse(NAMES[number])


@pytest.mark.parametrize("name", ["李" * LONGEST, "阿依古丽·麦麦提"])
def test_a_name_as_long_as_it_may_be_and_a_name_with_a_dot_are_signed(name: str) -> None:
    assert sign_or_refuse(name) == ""


def test_other_dots_are_signed_or_refused() -> None:
    assert "·" not in sign_or_refuse(f"阿依古丽{DOTS}麦麦提")


@pytest.mark.parametrize(
    ("character", "code"),
    [
        ("\U0002a6a5", "esign.missing_glyph"),
        ("\ufe00", "esign.missing_glyph"),
        ("\U000e0100", "esign.missing_glyph"),
        ("\u3164", "esign.missing_glyph"),
    ],
)
def test_what_is_drawn_but_not_signed_is_refused_before_it_is_read(character: str, code: str) -> None:
    with pytest.raises(Problem) as refused:
        prepared(contract(signer=named(f"李{character}英")))
    assert (refused.value.status, refused.value.code) == (422, code)
    (error,) = refused.value.errors
    assert (error.field, error.params) == ("signer.name", {"character": f"U+{ord(character):04X}"})
