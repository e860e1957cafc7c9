"""A super-app that answers every login and face check at once, with what a test wrote down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from secrets import token_hex

from starlette.datastructures import QueryParams

from partner_adapters.identity.errors import IdentityError
from partner_adapters.identity.host import AskBridge, Attempt, Redirect
from partner_adapters.identity.identity import Login


@dataclass
class ScriptedHost:
    """`answer` is the login, or the error that is raised. `way` is where the person is sent. None sends the
    person straight back to us.
    """

    answer: Login | IdentityError
    way: AskBridge | None = None
    page_origins: Sequence[str] = ()
    state_returns: bool = True
    pushed_as: str | None = "pushed"
    launches: bool = False
    checks_faces: bool = True
    has_login_page: bool = True
    posts_answer: bool = False
    tells_sign_out: bool = False
    behind_hash: Sequence[str] = ()

    def state_of(self, answer: QueryParams) -> str:
        return answer.get("state", "")

    async def start(self, attempt: Attempt) -> Redirect | AskBridge:
        return self.way or Redirect(f"{attempt.redirect_uri}?state={attempt.state}")

    async def finish(self, answer: QueryParams, attempt: Attempt, *, max_age_s: int) -> Login:
        return await self.receive("")

    async def receive(self, pushed: str) -> Login:
        if isinstance(self.answer, IdentityError):
            raise self.answer
        # A host's word has its moment in it: it never says the same twice.
        said = self.answer.statement
        return replace(self.answer, statement=replace(said, evidence=f"{token_hex(8)}.{said.evidence}"))

    def signed_part(self, pushed: str) -> str:
        return pushed
