"""Texts: complete in both languages, in the house's voice, written with the punctuation of their language."""

from __future__ import annotations

import re

import pytest

from h5app.page import TEMPLATES, TEXTS

CHINESE = re.compile("[\u4e00-\u9fff]")
HALF_WIDTH = re.compile(r"(?<=[\u4e00-\u9fff])[,;:?!]|[,;:?!](?=[\u4e00-\u9fff])")

# One text and the next, with nothing but conditions between them.
FOLLOWING = re.compile(r'_\("([^"]+)"[^{}]*\) \}\}(?:\{%(?! el)[^%]*%\})*(?=\{\{ _\("([^"]+)")')


def chinese_texts() -> list[str]:
    """Sentences of templates stand in the English catalogue as ids, texts of codes in the Chinese one."""
    ids = [message.id for message in TEXTS.read("en")]
    said = [message.string for message in TEXTS.read("zh") if message.id]
    plain = [text for entry in [*ids, *said] for text in ([entry] if isinstance(entry, str) else entry or [])]
    return [text for text in plain if CHINESE.search(text)]


def test_nothing_lacks_a_translation() -> None:
    assert TEXTS.missing(TEMPLATES) == []


def test_chinese_sentences_have_chinese_punctuation() -> None:
    assert [text for text in chinese_texts() if HALF_WIDTH.search(text)] == []


def test_brackets_of_chinese_sentences_are_full_width() -> None:
    assert [text for text in chinese_texts() if re.search(r"[()]", re.sub(r"%\(\w+\)[sd]", "", text))] == []


@pytest.mark.parametrize(
    "worded",
    [
        "还了以后还欠",
        "收取方：不收取",
        "下一步：看结果",
        "还一部分时，还多少",
        "没有开户成功",
        "等待发卡银行",
    ],
)
def test_what_people_stumbled_over_is_not_said_again(worded: str) -> None:
    assert [text for text in chinese_texts() if worded in text] == []


@pytest.mark.parametrize(("lang", "promise"), [("zh", "工作人员看"), ("en", "person will look")])
def test_a_reason_does_not_say_that_a_person_will_look_since_a_person_may_decline_on_it(
    lang: str, promise: str
) -> None:
    reasons = {message.id: message.string for message in TEXTS.read(lang) if "reason." in str(message.id)}
    assert len(reasons) > 30
    assert [code for code, said in reasons.items() if promise in str(said)] == []


def test_english_sentences_that_follow_each_other_do_not_run_together() -> None:
    english = {message.id: message.string for message in TEXTS.read("en")}
    follow = [
        (english[first], english[second])
        for template in TEMPLATES.rglob("*.html")
        for first, second in FOLLOWING.findall(template.read_text("utf-8"))
    ]
    assert len(follow) > 3
    assert [pair for pair in follow if pair[0][-1] in ".?" and pair[1][0] not in " ,"] == []


# Steps that stand on a timeline before they are taken: without their time, only the words tell.
STILL_TO_COME = (
    "step.sent step.card_checked step.waiting_for_bank step.querying step.deciding step.preparing step.signing "
    "step.booked step.paid_out step.opened step.raised step.changed step.done "
    "application_step.querying application_step.queried "
    "application_step.decided application_step.contract_ready application_step.signed"
).split()


@pytest.mark.parametrize("code", STILL_TO_COME)
def test_a_step_still_to_come_does_not_read_as_taken(code: str) -> None:
    chinese, english = (TEXTS.say(lang, code, {}) for lang in ("zh", "en"))
    assert not re.search("已|了|好|成功", chinese)
    assert not re.search(r"(ed|ready|[Ss]ent|open)\b", english)


@pytest.mark.parametrize("word", ["系统", "！", "操作失败", "非法", "立即领取", "最高可达"])
def test_no_text_shouts_or_blames_a_system(word: str) -> None:
    assert [text for text in chinese_texts() if word in text] == []


def test_every_figure_named_in_chinese_is_named_in_english() -> None:
    def figures(text: object) -> set[str]:
        return set(re.findall(r"%\((\w+)\)s", str(text)))

    english = {str(m.id): m.string for m in TEXTS.read("en") if isinstance(m.id, str) and m.id}
    chinese = {str(m.id): m.string for m in TEXTS.read("zh") if isinstance(m.id, str) and m.id}
    differing = [
        text
        for text, said in english.items()
        if figures(said) - figures(chinese.get(text, text))
        or figures(chinese.get(text, text)) - figures(said)
    ]
    assert differing == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_unknown_code_is_never_shown_bare(lang: str) -> None:
    for code in (
        "error.never.heard",
        "reason.X99",
        "need.X99",
        "help.X99",
        "source.moon",
        "step.x",
        "entry.x",
    ):
        assert code not in TEXTS.say(lang, code, {})


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_missing_figure_does_not_break_a_page(lang: str) -> None:
    assert TEXTS.say(lang, "reason.P02", {})
