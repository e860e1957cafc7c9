"""How the effort of a way is counted."""

from __future__ import annotations

from tests.support.people.effort import Act, Effort, efforts


def test_each_leg_has_its_own_taps_fields_and_waits() -> None:
    acts = [
        Act("tap", "before any leg"),
        Act("leg", "to the money"),
        Act("tap", "企业周转贷"),
        Act("field", "借多少"),
        Act("wait", "充值成功"),
        Act("tap", "下一步"),
        Act("leg", "back to draw"),
        Act("field", "借多少"),
    ]
    assert efforts(acts) == {"to the money": Effort(2, 1, 1), "back to draw": Effort(0, 1, 0)}
    assert str(Effort(2, 1, 1)) == "2 taps, 1 fields, 1 waits"


def test_a_leg_that_is_taken_up_again_goes_on() -> None:
    acts = [Act("leg", "a"), Act("tap", "1"), Act("leg", "b"), Act("leg", "a"), Act("tap", "2")]
    assert efforts(acts) == {"a": Effort(taps=2), "b": Effort()}


def test_nothing_done_is_no_effort() -> None:
    assert efforts([]) == {}
    assert efforts([Act("tap", "1")]) == {}
