import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partner_adapters.kit.values import strict_json

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
spaces = st.sampled_from([None, 0, 1, "\t"])


@given(st.dictionaries(st.text(), values, max_size=5), spaces, st.booleans())
def test_every_member_stands_as_it_came(value: dict[str, object], indent: int | None, ascii_: bool) -> None:
    text = " " + json.dumps(value, indent=indent, ensure_ascii=ascii_) + "\n"
    found = strict_json.members(text)
    assert {name: json.loads(part) for name, part in found.items()} == value == strict_json.parse(text)
    assert all(part in text and part == part.strip() for part in found.values())


def test_spaces_inside_a_member_are_kept_and_around_it_dropped() -> None:
    assert strict_json.members('{ "a" : {"b" : [1,  2]} ,"sign":"x" }') == {
        "a": '{"b" : [1,  2]}',
        "sign": '"x"',
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        '{"a":1}x',
        '{"a":1,"a":2}',
        '{"a":{"b":1,"b":1}}',
        '{"a":NaN}',
        "[-Infinity]",
        "[" * 33 + "]" * 33,
        "[" * 100_000,
        '{"a":' * 50_000,
        "[" * 50_000 + "]" * 50_000,
        "9" * 5000,
        "\ufeff{}",
        '"\0"',
        " " * (strict_json.MAX_CHARS + 1),
    ],
)
def test_json_that_nobody_means_well_with_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^(no JSON|JSON too (long|deep))$"):
        strict_json.parse(text)
    with pytest.raises(ValueError, match="JSON"):
        strict_json.members(text)


@pytest.mark.parametrize("text", ["[]", "1", "null", '"{}"'])
def test_only_an_object_has_members(text: str) -> None:
    with pytest.raises(ValueError, match="no JSON object"):
        strict_json.members(text)


def test_reasonable_depth_is_read() -> None:
    assert strict_json.parse("[" * 31 + "]" * 31)
