"""Two walks of the same pages agree; a changed sentence, a missing page and a moved box do not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.journeys import compare_walks
from tests.journeys.compare_walks import by_kind

ONE = """path: /lyg/orders/40472be2132ae1f3600915aed1aedee00a40ea6c
- definition: 2026年11月29日 20:52
- definition: WC0W-TTFS
- listitem: 您已确认 20:52:37
- definition: 电子账户(7722)
- definition: ¥100.00
"""
OTHER = """path: /lyg/orders/ca67d978517e78adaffdc8abc04e388dfc4f9b4d
- definition: 2027年1月3日 09:01
- definition: 3F7K-21QX
- listitem: 您已确认 09:01:02
- definition: 电子账户(0001)
- definition: ¥100.00
"""
BUTTON = {
    "tag": "button",
    "role": "submit",
    "name": "确认充值",
    "x": 16,
    "y": 595,
    "width": 328,
    "height": 48,
}
LINK = {"tag": "a", "role": "", "name": "完成", "x": 16, "y": 659, "width": 328, "height": 48}


def _write(folder: Path, text: str, *boxes: dict[str, Any], name: str = "lyg-09-top-up") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    (folder / f"{name}.boxes.json").write_text(json.dumps(boxes), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("编号 3F7K-21QX", "编号 <reference>"),
        ("说编号 3F7K-21。", "说编号 <reference>。"),
        ("Reference 31C0-Y1RZ", "Reference <reference>"),
        ("2026年11月9日 20:52", "<Chinese date> <time>"),
        ("16 November 2026 09:30", "<English date> <time>"),
        ("版本 2026-11-01", "版本 <ISO date>"),
        ("您已确认 20:52:36", "您已确认 <time with seconds>"),
        ("等额本息，每月 29 日", "等额本息，每月 <day of the month> 日"),
        ("第 2026-0001 号", "第 <contract number> 号"),
        ("身份证号 3207**********024X", "身份证号 <masked id number>"),
        ("199****0001", "<masked phone>"),
        ("中国银行(1234)", "中国银行(<last four>)"),
        ("电子账户(尾号 7722)", "电子账户(尾号 <last four>)"),
        ("Electronic account (ending 8624)", "Electronic account (ending <last four>)"),
        ('- button "请再看 4 秒" [disabled]', '- button "请再看 <seconds left> 秒" [disabled]'),
        ("Read for another 4 seconds", "Read for another <seconds left> seconds"),
        ("正在往 199****0001 发验证码，一般几秒钟就到。", "<where the code is>"),
        ("验证码已经发往 199****0001，5 分钟内有效。", "<where the code is>"),
        ("/lyg/entries/13", "/lyg/entries/<entry>"),
        ("/lyg/loans/374192bf57442407b47d4fa6093c286a/repay?kind=part", "/lyg/loans/<token>/repay?kind=part"),
        ("/a?id=123e4567-e89b-12d3-a456-426614174000", "/a?id=<token>"),
        ("state=-wBLdaqO0-HLorCxU4JJ9x1F1UksfUolKxHbknVBAFg&x=1", "state=<token>&x=1"),
        ("?next=http://localhost:41653/zj/callback", "?next=http://<host>/zj/callback"),
        ('- textbox "短信验证码": "347834"', '- textbox "短信验证码": "<code>"'),
    ],
)
def test_a_value_that_differs_from_run_to_run_becomes_its_kind(text: str, expected: str) -> None:
    assert by_kind(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "¥20,567.81",
        "年化利率(单利)5.20%",
        "0518-96008",
        '- textbox "银行卡号": "6216600000000061234"',
        '- textbox "借多少": "150000"',
        "code_challenge_method=S256",
        "/lyg/apply/sunshine_e_micro/purpose",
        "1,000 元的整数倍",
        "表的版本：2026-1",
        "还款计划 12 期",
    ],
)
def test_what_a_page_always_says_stays(text: str) -> None:
    assert by_kind(text) == text


@pytest.mark.parametrize("kind", compare_walks.KINDS, ids=lambda kind: kind.name)
def test_each_sample_is_of_the_kind_it_stands_for(kind: compare_walks.Kind) -> None:
    around = {
        "code": '"短信验证码": "{}"',
        "entry": "/entries/{}",
        "last four": "({})",
        "day of the month": "每月 {} 日",
        "seconds left": "请再看 {} 秒",
    }
    shown = around.get(kind.name, "{}")
    assert by_kind(shown.format(kind.sample)) == shown.format(f"<{kind.name}>")


def test_other_references_ids_and_dates_agree(tmp_path: Path) -> None:
    before, after = _write(tmp_path / "before", ONE, BUTTON), _write(tmp_path / "after", OTHER, BUTTON)
    assert list(compare_walks.compare_walks(before, after)) == []


def test_a_changed_sentence_is_a_difference(tmp_path: Path) -> None:
    before = _write(tmp_path / "before", ONE, BUTTON)
    after = _write(tmp_path / "after", OTHER.replace("您已确认", "您确认了"), BUTTON)
    said = list(compare_walks.compare_walks(before, after))
    assert said[0] == "lyg top-up 1: lyg-09-top-up.txt and lyg-09-top-up.txt differ"
    assert "    -- listitem: 您已确认 <time with seconds>" in said
    assert "    +- listitem: 您确认了 <time with seconds>" in said


def test_another_amount_is_a_difference(tmp_path: Path) -> None:
    before = _write(tmp_path / "before", ONE, BUTTON)
    after = _write(tmp_path / "after", ONE.replace("¥100.00", "¥100.01"), BUTTON)
    assert list(compare_walks.compare_walks(before, after)) != []


@pytest.mark.parametrize("missing_in", ["before", "after"])
def test_a_missing_page_is_a_difference_and_shifts_no_other(tmp_path: Path, missing_in: str) -> None:
    for side in ("before", "after"):
        _write(tmp_path / side, ONE, BUTTON)
        number = "10" if side == missing_in else "11"
        _write(tmp_path / side, ONE, LINK, name=f"lyg-{number}-topped-up")
    other = {"before": "after", "after": "before"}[missing_in]
    _write(tmp_path / other, ONE, LINK, name="lyg-10-display")
    said = list(compare_walks.compare_walks(tmp_path / "before", tmp_path / "after"))
    assert said == [f"lyg display 1: missing in {tmp_path / missing_in}"]


@pytest.mark.parametrize("side", ["x", "y", "width", "height"])
def test_a_moved_box_is_a_difference_from_three_pixels_on(tmp_path: Path, side: str) -> None:
    before = _write(tmp_path / "before", ONE, BUTTON, LINK)
    near = _write(tmp_path / "near", ONE, BUTTON, LINK | {side: LINK[side] + 2})
    far = _write(tmp_path / "far", ONE, BUTTON, LINK | {side: LINK[side] + 3})
    assert list(compare_walks.compare_walks(before, near)) == []
    (_, said) = compare_walks.compare_walks(before, far)
    assert said.startswith("    moved a  '完成': 16,659 328x48 -> ")


def test_a_box_that_is_gone_or_new_is_a_difference() -> None:
    assert compare_walks.compare_boxes([BUTTON, LINK], [BUTTON]) == ["gone a  '完成': 16,659 328x48"]
    assert compare_walks.compare_boxes([BUTTON], [LINK, BUTTON]) == ["new a  '完成': 16,659 328x48"]


def test_the_command_answers_by_its_exit_code(tmp_path: Path) -> None:
    before, after = _write(tmp_path / "before", ONE, BUTTON), _write(tmp_path / "after", OTHER, BUTTON)
    (tmp_path / "empty").mkdir()

    def exit_code(*folders: Path) -> int:
        command = [sys.executable, compare_walks.__file__, *map(str, folders)]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode

    assert exit_code(before, after) == 0
    assert exit_code(before, _write(tmp_path / "other", ONE, LINK)) == 1
    assert exit_code(before, tmp_path / "empty") == 1
    assert exit_code(tmp_path / "empty", tmp_path / "empty") == 1
    assert exit_code(before) == 2
