"""A host's answer becomes a person or a company by configuration, and nothing is guessed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from partner_adapters.card_network.wire import FourElements, StartTransfer
from partner_adapters.data.wire import Question
from partner_adapters.esign.wire import Signer
from partner_adapters.identity.errors import Code, IdentityDeclined, IdentityUntrusted
from partner_adapters.identity.fields.mapping import FieldMap, Particulars, read_particulars
from partner_adapters.identity.fields.particulars import NAME_CHARS
from partner_adapters.identity.identity import Company, Person

PERSON: dict[str, Any] = {
    "subject": ["data.user.uid", "data.user.openid"],
    "name": "data.user.realname",
    "id_type": "data.user.idtype",
    "document_types": {"1": "cn_id_card"},
    "id_number": "data.user.idno",
    "phone": "data.user.mobile",
    "assurance": "data.level",
    "assurance_levels": {"3": "high", "2": "middle"},
    "methods": "data.ways",
    "method_names": {"FACE": "face", "PWD": "pwd"},
    "verified_at": "data.at",
    "verified_at_format": {"format": "yyyy-MM-dd HH:mm:ss"},
    "evidence_id": "data.serial",
}
USER: dict[str, Any] = {
    "uid": "u-1",
    "realname": "欧阳·阿依古丽",
    "idtype": "1",
    "idno": "11010519491231002x",
    "mobile": 19900000001,
}
DATA: dict[str, Any] = {
    "user": USER,
    "level": 3,
    "ways": ["FACE", "SHAKE", "PWD", "FACE"],
    "at": "2026-11-24 10:00:00",
    "serial": "FC-01",
}


def read(data: object, **changes: Any) -> Particulars:
    return read_particulars(FieldMap.model_validate(PERSON | changes), data)


def with_user(**changes: Any) -> dict[str, Any]:
    return {"data": DATA | {"user": USER | changes}}


def test_a_person_as_one_host_writes_them() -> None:
    assert read({"data": DATA}) == Particulars(
        subject="u-1",
        holder=Person("欧阳·阿依古丽", "cn_id_card", "11010519491231002X", "19900000001"),
        assurance="high",
        methods=("face", "pwd"),
        verified_at=datetime(2026, 11, 24, 2, 0, 0, tzinfo=UTC),
        evidence_id="FC-01",
    )


COMPANY: dict[str, Any] = {
    "subject": "id",
    "user_type": "userType",
    "user_types": {"1": "person", "2": "company"},
    "company_name": "corp.name",
    "credit_code": "corp.code",
    "representative_name": "corp.boss.name",
    "representative_id_type": "'cn_id_card'",
    "representative_id_number": "corp.boss.cert",
    "representative_phone": "corp.boss.tel",
    "name": "name",
}


def test_a_company_and_who_acts_for_it() -> None:
    boss = {"name": "张三", "cert": "11010519491231002X", "tel": "13800138000"}
    answer = {
        "id": 77,
        "userType": 2,
        "corp": {"name": "海安市（测试）食品2号有限公司", "code": "91350100m000100y43", "boss": boss},
    }
    said = read_particulars(FieldMap.model_validate(COMPANY), answer)
    assert said.subject == "77"
    assert said.holder == Company(
        "海安市（测试）食品2号有限公司",
        "91350100M000100Y43",
        Person("张三", "cn_id_card", "11010519491231002X", "13800138000"),
    )
    said = read_particulars(FieldMap.model_validate(COMPANY), {"id": "7", "userType": "1", "name": "李四"})
    assert said.holder == Person("李四")


@pytest.mark.parametrize("kind", [None, "3", "", True, ["2"]])
def test_nobody_guesses_for_whom_a_person_acts(kind: object) -> None:
    with pytest.raises(IdentityUntrusted) as refused:
        read_particulars(FieldMap.model_validate(COMPANY), {"id": "7", "userType": kind})
    assert (refused.value.code, refused.value.detail) == (Code.MALFORMED, "user_type")


def test_json_inside_json_is_read() -> None:
    answer = {"data": json.dumps({"inner": json.dumps(USER)}), "empty": ""}
    said = read(
        answer,
        subject="parse_json(parse_json(data).inner).uid",
        name=[
            "parse_json(empty).realname",
            "parse_json(missing).x",
            "parse_json(parse_json(data).inner).realname",
        ],
    )
    assert (said.subject, said.holder.name) == ("u-1", "欧阳·阿依古丽")


@pytest.mark.parametrize(
    "data",
    [
        "{",
        "[" * 50_000,
        '{"a":' * 9000,
        '{"uid":"a","uid":"b"}',
        '{"uid":NaN}',
        7,
        {"uid": "x"},
        "x" * 300_000,
    ],
)
def test_a_bomb_inside_json_is_refused(data: object) -> None:
    with pytest.raises(IdentityUntrusted) as refused:
        read({"data": data}, subject="parse_json(data).uid")
    assert (refused.value.code, refused.value.detail) == (Code.MALFORMED, "subject")


def test_the_first_identifier_that_is_there_wins() -> None:
    assert read(with_user(openid="o-1")).subject == "u-1"
    assert read(with_user(uid=None, openid="o-1")).subject == "o-1"
    assert read(with_user(uid=" ", openid="o-1")).subject == "o-1"


@pytest.mark.parametrize("answer", [{}, [], None, "x", 7, {"data": {"user": []}}, with_user(uid=None)])
def test_without_a_subject_there_is_nobody(answer: object) -> None:
    with pytest.raises(IdentityUntrusted) as refused:
        read(answer)
    assert refused.value.detail == "subject"


def test_what_the_host_did_not_say_stays_unknown() -> None:
    said = read({"data": {"user": {"uid": "u-1", "realname": "", "mobile": None}, "level": "9", "ways": []}})
    assert said == Particulars("u-1", Person(), None, (), None, None)


@pytest.mark.parametrize("kind", ["2", None, "", "cn_id_card"])
def test_a_number_of_an_unknown_kind_says_nothing(kind: object) -> None:
    holder = read(with_user(idtype=kind)).holder
    assert isinstance(holder, Person)
    assert (holder.document_type, holder.document_number) == (None, None)


def test_a_residence_permit_is_read_by_its_number_and_a_foreigners_card_goes_to_the_counter() -> None:
    holder = read(with_user(idno="820000198806140029")).holder
    assert isinstance(holder, Person)
    assert (holder.document_type, holder.document_number) == ("residence_permit", "820000198806140029")
    with pytest.raises(IdentityDeclined) as told:
        read(with_user(idno="932276198503220027"))
    assert told.value.code is Code.AT_COUNTER


@pytest.mark.parametrize("written", ["欧阳•阿依古丽", "欧阳．阿依古丽", "欧阳 ・ 阿依古丽"])
def test_a_name_is_read_as_the_identity_card_prints_it(written: str) -> None:
    holder = read(with_user(realname=written)).holder
    assert isinstance(holder, Person)
    assert holder.name == "欧阳·阿依古丽"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"realname": "<script>alert(1)</script>"}, "name"),
        ({"realname": "李\u202e秀英"}, "name"),
        ({"realname": "李\0"}, "name"),
        ({"realname": "李" * 500}, "name"),
        ({"realname": ["李"]}, "name"),
        ({"realname": "李\ud800"}, "name"),
        ({"idno": "110105194912310021"}, "id_number"),
        ({"idno": 110105194912310021}, "id_number"),
        ({"idno": {"no": "1"}}, "id_number"),
        ({"mobile": "138****8000"}, "phone"),
        ({"mobile": "13800138000\n"}, "phone"),
        ({"mobile": 1.5}, "phone"),
        ({"mobile": True}, "phone"),
        ({"uid": "u\u200b1"}, "subject"),
        ({"uid": "u 1"}, "subject"),
        ({"uid": "u" * 256}, "subject"),
        ({"uid": {}}, "subject"),
        ({"uid": False}, "subject"),
        ({"idtype": ["1"]}, "id_type"),
    ],
)
def test_what_cannot_be_what_it_should_be_refuses_the_answer(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(IdentityUntrusted) as refused:
        read(with_user(**changes))
    assert (refused.value.code, refused.value.detail) == (Code.MALFORMED, field)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"level": [3]}, "assurance"),
        ({"ways": ["FACE"] * 11}, "methods"),
        ({"ways": {"FACE": 1}}, "methods"),
        ({"ways": [["FACE"]]}, "methods"),
        ({"at": "2026-13-24 10:00:00"}, "verified_at"),
        ({"at": 1795537805}, "verified_at"),
        ({"at": {}}, "verified_at"),
        ({"serial": "a\r\nb"}, "evidence_id"),
    ],
)
def test_grounds_of_another_shape_refuse_the_answer(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(IdentityUntrusted) as refused:
        read({"data": DATA | changes})
    assert (refused.value.code, refused.value.detail) == (Code.MALFORMED, field)


@pytest.mark.parametrize(
    ("form", "at"),
    [
        ("epoch_s", 1795485600),
        ("epoch_ms", "1795485600000"),
        ("iso", "2026-11-24T02:00:00Z"),
        ("yyyyMMddHHmmss", "20261124100000"),
    ],
)
def test_the_moment_of_the_check_is_read_in_the_hosts_format(form: str, at: object) -> None:
    said = read({"data": DATA | {"at": at}}, verified_at_format={"format": form})
    assert said.verified_at == datetime(2026, 11, 24, 2, 0, 0, tzinfo=UTC)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from(list(USER)), json_values),
    st.dictionaries(st.sampled_from(list(DATA)), json_values),
)
def test_any_answer_at_all_is_read_or_refused_as_malformed(
    user: dict[str, Any], data: dict[str, Any]
) -> None:
    try:
        said = read({"data": DATA | {"user": USER | user} | data})
    except IdentityUntrusted as error:
        assert error.code == Code.MALFORMED  # noqa: PT017 - it may also be read
    else:
        assert said.subject


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "data.["}, r"name\n.*is no JMESPath expression"),
        ({"name": ""}, r"name\n.*an expression has 1 to 500"),
        ({"name": "a" * 501}, r"name\n.*an expression has 1 to 500"),
        ({"name": "(" * 490}, r"name\n.*is no JMESPath expression"),
        ({"phone": ["data.x", "upper(data.y)"]}, r"phone\n.*unknown functions: upper"),
        ({"phone": "sort_by(data, &nothing(@))"}, r"phone\n.*unknown functions: nothing"),
        ({"subject": []}, r"subject\n.*at least 1"),
        ({"subject": 7}, r"subject\n.*must be a JMESPath expression or a list"),
        ({"document_types": {"1": "passport"}}, "document_types"),
        ({"id_type": None}, "id_type is missing"),
        ({"user_type": "x"}, "user_type and user_types belong together"),
        ({"company_name": "x"}, "user_type is missing"),
        ({"verified_at_format": {"format": "local"}}, "verified_at_format"),
        ({"surname": "x"}, "surname"),
    ],
)
def test_a_wrong_map_names_its_key(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        FieldMap.model_validate(PERSON | changes)


@pytest.mark.parametrize("command", [FourElements, StartTransfer, Question, Signer])
def test_nobody_is_let_in_whose_name_a_party_behind_the_bank_refuses(command: type[BaseModel]) -> None:
    limits = (getattr(rule, "max_length", None) for rule in command.model_fields["name"].metadata)
    assert NAME_CHARS in limits
