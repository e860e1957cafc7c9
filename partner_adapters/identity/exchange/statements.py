"""What h5app hands to the bank for a host with calls: compact JSON that names its flow, read as strictly as written.

Which form a flow has, the bank's own configuration says, never the statement.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from partner_adapters.identity.errors import Code, IdentityUntrusted
from partner_adapters.identity.exchange.answers import SignedText
from partner_adapters.identity.exchange.flow import MAX_VALUE, FlowName
from partner_adapters.identity.fields.mapping import Particulars
from partner_adapters.identity.fields.particulars import (
    CompanyName,
    CreditCode,
    Identifier,
    IdNumber,
    Name,
    Phone,
)
from partner_adapters.identity.fields.templates import VariableName
from partner_adapters.identity.identity import Company, DocumentType, Person
from partner_adapters.kit.values import strict_json

# Characters; the bank's interface takes no more.
MAX_STATEMENT = 8192
Value = Annotated[str, Field(pattern=rf"^[\x21-\x7E]{{1,{MAX_VALUE}}}$")]


class _Words(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", hide_input_in_errors=True)

    flow: FlowName


class SignedWords(_Words):
    """The text of the answer's part and the host's signature over it, both as they came."""

    content: str
    signature: str


class AskedWords(_Words):
    """The variables that the bank's own calls need."""

    carried: dict[VariableName, Value]


class _Person(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", hide_input_in_errors=True)

    name: Name | None = None
    document_type: DocumentType | None = None
    document_number: IdNumber | None = None
    phone: Phone | None = None


class _Company(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", hide_input_in_errors=True)

    name: CompanyName | None = None
    credit_code: CreditCode | None = None


class ToldWords(_Words):
    """What h5app understood."""

    subject: Identifier
    person: _Person
    company: _Company | None = None


W = TypeVar("W", bound=_Words)


def signed_words(flow: FlowName, signed: SignedText) -> SignedWords:
    return SignedWords(flow=flow, content=signed.content, signature=signed.signature)


def told_words(flow: FlowName, said: Particulars) -> ToldWords:
    holder = said.holder
    company = (
        _Company(name=holder.name, credit_code=holder.credit_code) if isinstance(holder, Company) else None
    )
    person = holder.representative if isinstance(holder, Company) else holder
    return ToldWords(flow=flow, subject=said.subject, person=_Person(**vars(person)), company=company)


def holder_of(words: ToldWords) -> Person | Company:
    person = Person(**dict(words.person))
    if words.company is None:
        return person
    return Company(words.company.name, words.company.credit_code, person)


def write(words: SignedWords | AskedWords | ToldWords) -> str:
    """Raises `IdentityUntrusted` where it would be longer than the bank takes."""
    text = strict_json.compact(words.model_dump(exclude_none=True))
    if len(text) > MAX_STATEMENT:
        raise IdentityUntrusted(Code.MALFORMED, "the statement is too long")
    return text


def parse(text: str) -> Any:
    """A statement whose form is not looked at yet. Raises `IdentityUntrusted`."""
    try:
        return strict_json.parse(text, max_chars=MAX_STATEMENT)
    except ValueError:
        raise IdentityUntrusted(Code.MALFORMED, "statement: no JSON") from None


def as_words(model: type[W], value: object) -> W:
    """Raises `IdentityUntrusted`."""
    try:
        return model.model_validate(value)
    except ValidationError:
        raise IdentityUntrusted(Code.MALFORMED, "statement: another form") from None
