"""From a host's answer to a person or a company: where each field is (JMESPath) and what its values mean.

A missing, null or empty field stays None, and so does a value that no map contains. A field whose value cannot be
valid refuses the whole answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, TypeAdapter, model_validator

from partner_adapters.identity.errors import Code, IdentityUntrusted, identity_error
from partner_adapters.identity.fields.particulars import (
    CompanyName,
    CreditCode,
    Identifier,
    IdNumber,
    Name,
    Phone,
)
from partner_adapters.identity.fields.paths import Paths
from partner_adapters.identity.identity import Company, DocumentType, Person
from partner_adapters.kit.values.check_digits import document_of
from partner_adapters.kit.values.moments import MomentFormat
from partner_adapters.kit.values.settings import Settings

MAX_METHODS = 10


# The host's value, as text → our value.
Values = Annotated[dict[str, str], Field(min_length=1, max_length=100)]


def _own_document_types() -> dict[str, DocumentType]:
    return {name: name for name in get_args(DocumentType)}


class FieldMap(Settings):
    """Where each field is in a host's answer. One value for all answers is a JMESPath literal: `"'cn_id_card'"`."""

    subject: Paths
    """The host's stable id of the user. The first expression that finds one wins."""
    user_type: Paths | None = None
    user_types: dict[str, Literal["person", "company"]] = {}
    """An answer of any other type is refused, because we do not guess for whom a person acts."""
    name: Paths | None = None
    id_type: Paths | None = None
    document_types: dict[str, DocumentType] = Field(default_factory=_own_document_types)
    id_number: Paths | None = None
    phone: Paths | None = None
    company_name: Paths | None = None
    credit_code: Paths | None = None
    representative_name: Paths | None = None
    representative_id_type: Paths | None = None
    representative_id_number: Paths | None = None
    representative_phone: Paths | None = None
    assurance: Paths | None = None
    assurance_levels: Values | None = None
    """Without it, we keep the host's name of the level."""
    methods: Paths | None = None
    """A text or a list of texts."""
    method_names: Values | None = None
    """To RFC 8176 names. Without it, we keep the host's names."""
    verified_at: Paths | None = None
    verified_at_format: MomentFormat = MomentFormat(format="epoch_s")
    evidence_id: Paths | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> FieldMap:
        if self.id_number is not None and self.id_type is None:
            raise ValueError("id_type is missing: id_number says nothing without its kind")
        if self.representative_id_number is not None and self.representative_id_type is None:
            raise ValueError("representative_id_type is missing: representative_id_number is there")
        if (self.user_type is None) != (not self.user_types):
            raise ValueError("user_type and user_types belong together")
        if self.company_name is not None and self.user_type is None:
            raise ValueError("user_type is missing: company_name is there")
        return self


@dataclass(frozen=True)
class Particulars:
    """What an answer says of the user, under the names of `VerifiedIdentity`."""

    subject: str
    holder: Person | Company
    assurance: str | None
    methods: tuple[str, ...]
    verified_at: datetime | None
    evidence_id: str | None


def read_particulars(fields: FieldMap, answer: object) -> Particulars:
    """Read parsed JSON. Raises `IdentityUntrusted` with the name of the field.

    Its code is `MALFORMED`, or `AT_COUNTER` for a document that no page serves.
    """
    subject = _read(fields.subject, answer, "subject", _IDENTIFIER)
    if subject is None:
        raise IdentityUntrusted(Code.MALFORMED, "subject")
    return Particulars(
        subject=subject,
        holder=read_holder(fields, answer),
        assurance=_meaning(
            _read(fields.assurance, answer, "assurance", _IDENTIFIER), fields.assurance_levels
        ),
        methods=_methods(fields, answer),
        verified_at=_verified_at(fields, answer),
        evidence_id=_read(fields.evidence_id, answer, "evidence_id", _IDENTIFIER),
    )


def read_holder(fields: FieldMap, answer: object) -> Person | Company:
    """Read only the person or company, where the subject is known from elsewhere."""
    return _company(fields, answer) if _is_company(fields, answer) else _person(fields, answer)


def _is_company(fields: FieldMap, answer: object) -> bool:
    if fields.user_type is None:
        return False
    kind = fields.user_types.get(_read(fields.user_type, answer, "user_type", _IDENTIFIER) or "")
    if kind is None:
        raise IdentityUntrusted(Code.MALFORMED, "user_type")
    return kind == "company"


def _person(fields: FieldMap, answer: object) -> Person:
    kind, number = _document(fields, answer, fields.id_type, fields.id_number, "id_number")
    return Person(
        name=_read(fields.name, answer, "name", _NAME),
        document_type=kind,
        document_number=number,
        phone=_read(fields.phone, answer, "phone", _PHONE),
    )


def _company(fields: FieldMap, answer: object) -> Company:
    kind, number = _document(
        fields,
        answer,
        fields.representative_id_type,
        fields.representative_id_number,
        "representative_id_number",
    )
    return Company(
        name=_read(fields.company_name, answer, "company_name", _COMPANY_NAME),
        credit_code=_read(fields.credit_code, answer, "credit_code", _CREDIT_CODE, upper=True),
        representative=Person(
            name=_read(fields.representative_name, answer, "representative_name", _NAME),
            document_type=kind,
            document_number=number,
            phone=_read(fields.representative_phone, answer, "representative_phone", _PHONE),
        ),
    )


def _document(
    fields: FieldMap, answer: object, kind_at: Paths | None, number_at: Paths | None, field: str
) -> tuple[DocumentType | None, str | None]:
    """Return kind and number, or neither: a number without a known kind means nothing.

    The number itself says which document it is of. Some hosts call a residence permit an identity card.
    """
    said = _read(kind_at, answer, field.replace("number", "type"), _IDENTIFIER)
    kind = fields.document_types.get(said) if said is not None else None
    if kind is None:
        return None, None
    number = _read(number_at, answer, field, _ID_NUMBER, upper=True)
    if number is None:
        return None, None
    if document_of(number) == "foreigner_card":
        raise identity_error(Code.AT_COUNTER, field)
    return document_of(number), number


def _methods(fields: FieldMap, answer: object) -> tuple[str, ...]:
    found = _first(fields.methods, answer, "methods")
    listed = found if isinstance(found, list) else [found]
    if len(listed) > MAX_METHODS:
        raise IdentityUntrusted(Code.MALFORMED, "methods")
    said = (_checked(item, "methods", _IDENTIFIER) for item in listed)
    meant = (_meaning(item, fields.method_names) for item in said)
    return tuple(dict.fromkeys(method for method in meant if method is not None))


def _verified_at(fields: FieldMap, answer: object) -> datetime | None:
    found = _first(fields.verified_at, answer, "verified_at")
    if found is None:
        return None
    try:
        if not isinstance(found, str | int):
            raise ValueError
        return fields.verified_at_format.read(found)
    except ValueError:
        raise IdentityUntrusted(Code.MALFORMED, "verified_at") from None


def _read(
    paths: Paths | None, answer: object, field: str, adapter: TypeAdapter[str], *, upper: bool = False
) -> str | None:
    found = _first(paths, answer, field)
    return _checked(found.upper() if upper and isinstance(found, str) else found, field, adapter)


def _first(paths: Paths | None, answer: object, field: str) -> Any:
    """Return the first value that is neither null nor blank."""
    try:
        for path in paths or ():
            found = path.find(answer)
            if found is not None and not (isinstance(found, str) and not found.strip()):
                return found
    except ValueError:
        raise IdentityUntrusted(Code.MALFORMED, field) from None
    return None


def _checked(found: object, field: str, adapter: TypeAdapter[str]) -> str | None:
    if found is None:
        return None
    try:
        # Hosts also write ids and phones as numbers. In Python alone, a bool is an int.
        text = str(found) if isinstance(found, int) and not isinstance(found, bool) else found
        return adapter.validate_python(text, strict=True)
    except ValueError:
        raise IdentityUntrusted(Code.MALFORMED, field) from None


def _meaning(said: str | None, values: Mapping[str, str] | None) -> str | None:
    return said if said is None or values is None else values.get(said)


_IDENTIFIER: TypeAdapter[str] = TypeAdapter(Identifier)
_NAME: TypeAdapter[str] = TypeAdapter(Name)
_ID_NUMBER: TypeAdapter[str] = TypeAdapter(IdNumber)
_PHONE: TypeAdapter[str] = TypeAdapter(Phone)
_COMPANY_NAME: TypeAdapter[str] = TypeAdapter(CompanyName)
_CREDIT_CODE: TypeAdapter[str] = TypeAdapter(CreditCode)
