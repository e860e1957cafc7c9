"""What h5app sends to the bank for a host with calls: compact JSON that names its flow, strictly written and read.

The bank's own configuration decides which form a flow has, never the statement.
"""

from __future__ import annotations

import json
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

# In characters: the bank's API accepts no more.
MAX_STATEMENT = 8192
Value = Annotated[str, Field(pattern=rf"^[\x21-\x7E]{{1,{MAX_VALUE}}}$")]


class _Statement(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", hide_input_in_errors=True)

    flow: FlowName


class SignedStatement(_Statement):
    """A part of the host's answer and the signature over it, both exactly as received."""

    content: str
    signature: str


class AskedStatement(_Statement):
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


class ToldStatement(_Statement):
    """What h5app read from the host's answer, which the bank cannot check."""

    subject: Identifier
    person: _Person
    company: _Company | None = None


StatementT = TypeVar("StatementT", bound=_Statement)


def signed_statement(flow: FlowName, signed: SignedText) -> SignedStatement:
    """Return the statement for a flow whose answer the host signs."""
    return SignedStatement(flow=flow, content=signed.content, signature=signed.signature)


def told_statement(flow: FlowName, particulars: Particulars) -> ToldStatement:
    """Return the statement for a flow that the bank cannot check."""
    holder = particulars.holder
    company = (
        _Company(name=holder.name, credit_code=holder.credit_code) if isinstance(holder, Company) else None
    )
    person = holder.representative if isinstance(holder, Company) else holder
    return ToldStatement(
        flow=flow, subject=particulars.subject, person=_Person(**vars(person)), company=company
    )


def holder_of(statement: ToldStatement) -> Person | Company:
    """Return the person or company in the statement."""
    person = Person(**dict(statement.person))
    if statement.company is None:
        return person
    return Company(statement.company.name, statement.company.credit_code, person)


def write(statement: SignedStatement | AskedStatement | ToldStatement) -> str:
    """Return the statement as text. Raises `IdentityUntrusted` if it is longer than the bank accepts."""
    text = strict_json.compact(statement.model_dump(exclude_none=True))
    if len(text) > MAX_STATEMENT:
        raise IdentityUntrusted(Code.MALFORMED, "the statement is too long")
    return text


def content_of(statement: SignedStatement | AskedStatement | ToldStatement) -> str:
    """Return what the statement says, without its signature and in one order of its members."""
    said = statement.model_dump(exclude={"signature"}, exclude_none=True)
    return json.dumps(said, ensure_ascii=False, sort_keys=True)


def parse(text: str) -> Any:
    """Parse the JSON of a statement, without checking its form. Raises `IdentityUntrusted`."""
    try:
        return strict_json.parse(text, max_chars=MAX_STATEMENT)
    except ValueError:
        raise IdentityUntrusted(Code.MALFORMED, "statement: not JSON") from None


def read_as(model: type[StatementT], value: object) -> StatementT:
    """Check the form of a parsed statement. Raises `IdentityUntrusted`."""
    try:
        return model.model_validate(value)
    except ValidationError:
        raise IdentityUntrusted(Code.MALFORMED, "statement: another form") from None
