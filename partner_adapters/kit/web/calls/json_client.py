"""JSON calls to one outside party: models in, models out, and one meaning for everything that can happen.

| what happened | questions (`get`, `get_bytes`, `ask`, `ask_bytes`) | commands (`post`, `delete`) |
|---|---|---|
| answered with a readable 2xx | the answer | the answer |
| refused: a 4xx with a problem body | `Problem` | `Problem` |
| not sent: no connection, or no access token | `NotSent` | `NotSent` |
| not begun: a 503 whose problem code the party's client names | `NotBegun` | `NotBegun` |
| unknown: no answer, a broken or late one, or a 5xx | `Unanswered` | `OutcomeUnknown` |
| malformed: an unreadable 2xx, a 3xx, or a 4xx without a problem body | `Unanswered` | `OutcomeUnknown` |

`NotBegun` is a kind of `NotSent`. A question changes nothing at the other side, so it can always be asked again. A
command whose answer is lost, unreadable or another 5xx may have taken effect: a gateway cannot know.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import ClassVar, Protocol, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, ValidationError

from partner_adapters.kit.observed.request_notes import note_upstream
from partner_adapters.kit.values.problems import Problem, ProblemBody
from partner_adapters.kit.web.calls.http_client import (
    DEADLINE_S,
    Answer,
    CallFailed,
    HttpClient,
    NotBegun,
    NotSent,
    OutcomeUnknown,
    Unanswered,
)

ModelT = TypeVar("ModelT", bound=BaseModel)
Params = Mapping[str, str | Sequence[str]]
Headers = Mapping[str, str]
JSON = {"Content-Type": "application/json"}


def segment(given: str) -> str:
    """Return one segment of a path, quoted: an id may come from an address that a person typed.

    Raises `Problem` 404 for what a path cannot carry: nothing, and the two segments that mean another place.
    """
    if given in ("", ".", ".."):
        raise Problem(404, "not_found")
    return quote(given, safe="")


class TokenProvider(Protocol):
    """Where a client gets the access token that each of its calls carries."""

    async def get(self) -> str:
        """Return a token that is still valid. Raises `CallFailed`."""
        ...

    def forget(self, token: str) -> None:
        """Record that the party refused this token."""
        ...


class JsonClient:
    """Calls to one party. The table above says what each call raises."""

    # The codes of a 503 by which this party says that it has not begun what was asked.
    not_begun_codes: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, http: HttpClient, base_url: str, tokens: TokenProvider | None = None) -> None:
        self._http = http
        self._base_url = base_url
        self._tokens = tokens

    async def get(
        self,
        path: str,
        model: type[ModelT],
        *,
        params: Params | None = None,
        headers: Headers | None = None,
        deadline_s: float = DEADLINE_S,
    ) -> ModelT:
        """Read one resource. `deadline_s`: longer for one that the party is asked to wait for."""
        answer = await self._question("GET", path, params=params, headers=headers, deadline_s=deadline_s)
        return _read(answer, model, Unanswered)

    async def get_bytes(
        self, path: str, *, params: Params | None = None, headers: Headers | None = None
    ) -> bytes:
        """Read a document: the body as it came."""
        return (await self._question("GET", path, params=params, headers=headers)).content

    async def ask_bytes(self, path: str, question: BaseModel, *, headers: Headers | None = None) -> bytes:
        """Put a question, as `ask` does, whose answer is a document: the body as it came."""
        headers = {**JSON, **(headers or {})}
        content = question.model_dump_json()
        return (await self._question("POST", path, headers=headers, content=content)).content

    async def ask(
        self, path: str, question: BaseModel, model: type[ModelT], *, headers: Headers | None = None
    ) -> ModelT:
        """Put a question that needs a body. It changes nothing, or nothing that a repetition would change again."""
        content = question.model_dump_json()
        answer = await self._question("POST", path, headers={**JSON, **(headers or {})}, content=content)
        return _read(answer, model, Unanswered)

    async def post(
        self,
        path: str,
        command: BaseModel,
        model: type[ModelT],
        *,
        intent: str | None = None,
        repeatable: bool = False,
        headers: Headers | None = None,
    ) -> ModelT:
        """Send a command. Its `intent` goes along as `Idempotency-Key`.

        It is sent again when unanswered, if it has an intent or if it is `repeatable` by its nature.
        """
        key = {"Idempotency-Key": intent} if intent else {}
        answer = await self._checked(
            "POST",
            path,
            repeatable=repeatable or intent is not None,
            headers={**JSON, **key, **(headers or {})},
            content=command.model_dump_json(),
        )
        return _read(answer, model, OutcomeUnknown)

    async def delete(self, path: str, model: type[ModelT]) -> ModelT:
        """Delete one resource. A repetition changes nothing, so it is sent again when unanswered."""
        return _read(await self._checked("DELETE", path, repeatable=True), model, OutcomeUnknown)

    def received(self, answer: Answer) -> None:
        """Note what the headers of an answer say. A client of a party that says something there overrides this."""

    async def _question(
        self,
        method: str,
        path: str,
        *,
        headers: Headers | None = None,
        params: Params | None = None,
        content: str | None = None,
        deadline_s: float = DEADLINE_S,
    ) -> Answer:
        try:
            return await self._checked(
                method,
                path,
                repeatable=True,
                headers=headers,
                params=params,
                content=content,
                deadline_s=deadline_s,
            )
        except OutcomeUnknown as error:
            raise Unanswered(error.upstream, error.reason) from error

    async def _checked(
        self,
        method: str,
        path: str,
        *,
        repeatable: bool,
        headers: Headers | None = None,
        params: Params | None = None,
        content: str | None = None,
        deadline_s: float = DEADLINE_S,
    ) -> Answer:
        """Return a 2xx answer. Raises `Problem`, `NotSent` or `OutcomeUnknown`."""

        async def send() -> tuple[Answer, str]:
            token = await self._token()
            authorization = {"Authorization": f"Bearer {token}"} if token else {}
            answer = await self._http.send(
                method,
                self._base_url + path,
                repeatable=repeatable,
                headers={**authorization, **(headers or {})},
                params=params,
                content=content,
                deadline_s=deadline_s,
            )
            return answer, token

        answer, token = await send()
        if self._forget_if_refused(answer, token):
            # Once more with a new token: a party that refuses this one too has its reasons, and they are the answer.
            answer, token = await send()
            self._forget_if_refused(answer, token)
        self.received(answer)
        if not answer.is_success:
            raise _refusal(answer, self.not_begun_codes)
        return answer

    async def _token(self) -> str:
        if self._tokens is None:
            return ""
        try:
            return await self._tokens.get()
        except CallFailed as error:
            # Whatever happened to the request for a token, this call was not sent.
            raise NotSent(error.upstream, f"no access token: {error.reason}") from error

    def _forget_if_refused(self, answer: Answer, token: str) -> bool:
        challenge = answer.headers.get("www-authenticate", "")
        if self._tokens is None or answer.status_code != 401 or "invalid_token" not in challenge:
            return False
        self._tokens.forget(token)
        return True


def _read(answer: Answer, model: type[ModelT], failure: type[CallFailed]) -> ModelT:
    try:
        return model.model_validate_json(answer.content)
    except ValidationError as error:
        raise failure(
            answer.host, f"malformed answer: {model.__name__}, {error.error_count()} errors"
        ) from error


def _refusal(answer: Answer, not_begun_codes: Collection[str]) -> Exception:
    body = note_refusal(answer)
    if body is not None and answer.status_code == 503 and body.code in not_begun_codes:
        return NotBegun(answer.host, body.code)
    if answer.status_code >= 500:
        return OutcomeUnknown(answer.host, f"answered {answer.status_code}")
    if body is None:
        return OutcomeUnknown(answer.host, f"malformed answer: {answer.status_code} without a problem body")
    return Problem(body.status, body.code, body.detail, params=body.params, errors=body.errors)


def note_refusal(answer: Answer) -> ProblemBody | None:
    """Note whose refusal this is in the line of the running request, and return its problem if it holds one."""
    try:
        body = ProblemBody.model_validate_json(answer.content)
    except ValidationError:
        note_upstream(answer.host, f"http.{answer.status_code}")
        return None
    note_upstream(answer.host, body.code)
    return body
