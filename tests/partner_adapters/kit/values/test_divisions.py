"""Where an address lies is told by the divisions that it names; doubt is told as doubt."""

import pytest

from partner_adapters.kit.values.divisions import locate, relation

LIANYUNGANG, HAIAN = ["3207"], ["320685"]


@pytest.mark.parametrize(
    ("address", "in_lianyungang", "in_haian"),
    [
        ("江苏省连云港市东海县石湖乡示例村3组18号", "inside", "outside"),
        ("江苏省 连云港市　赣榆区示例镇5号", "inside", "outside"),
        ("江苏连云港东海石湖乡", "inside", "outside"),
        ("东海县石湖乡示例村", "inside", "outside"),
        ("连云港市高新区花果山大道", "inside", "outside"),
        # Names of before.
        ("江苏省连云港市新浦区解放路", "inside", "outside"),
        ("赣榆县青口镇", "inside", "outside"),
        ("海安县城东镇", "outside", "inside"),
        ("江苏省南通市海安市城东镇", "outside", "inside"),
        # In the city, but in which county is not said.
        ("江苏省南通市示例路1号", "outside", "unknown"),
        ("江苏省示例村", "unknown", "unknown"),
        # Two divisions of one name; both outside is outside.
        ("海州区幸福路1号", "unknown", "outside"),
        ("通州区新华大街", "outside", "outside"),
        # Parts that exclude each other.
        ("江苏省南京市东海县石湖乡", "unknown", "unknown"),
        ("江苏省连云港市南京市玄武区", "unknown", "unknown"),
        ("江苏省连云港市东海县海州区", "unknown", "unknown"),
        # A street's or a market's name names no division.
        ("北京路12号", "unknown", "unknown"),
        ("南京东路1号", "unknown", "unknown"),
        ("连云港市市场路3号", "inside", "outside"),
        ("吉林市船营区", "outside", "outside"),
        ("朝阳区建国路", "outside", "outside"),
        ("浙江杭州西湖区", "outside", "outside"),
        ("香港特别行政区湾仔", "outside", "outside"),
        ("内蒙古呼和浩特市", "outside", "outside"),
        ("石湖乡示例村3组", "unknown", "unknown"),
        ("Flat 3, Example Road", "unknown", "unknown"),
        ("", "unknown", "unknown"),
    ],
)
def test_an_address_lies_inside_outside_or_it_is_not_known(
    address: str, in_lianyungang: str, in_haian: str
) -> None:
    place = locate(address)
    assert (relation(place, LIANYUNGANG), relation(place, HAIAN)) == (in_lianyungang, in_haian)


def test_a_place_is_named_from_the_province_down() -> None:
    place = locate("海州区幸福路")
    assert place is not None
    assert place.name == "辽宁省阜新市海州区或江苏省连云港市海州区"
