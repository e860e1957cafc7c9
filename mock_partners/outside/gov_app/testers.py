"""`<base>/_deviate`: testers tell a host to misbehave at its next login."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mock_partners.outside.gov_app import deviations
from mock_partners.outside.gov_app.party import GovApp
from partner_adapters.kit.values.problems import invalid


class Deviate(BaseModel):
    model_config = ConfigDict(extra="forbid")

    host: str
    names: list[str]


async def show_deviations(_request: Request) -> Response:
    """GET: every name there is."""
    return JSONResponse({"names": sorted(deviations.ALL)})


async def deviate(request: Request) -> Response:
    """POST {host, names}: armed instead of what was armed before; an empty list disarms."""
    party: GovApp = request.app.state.gov_app
    wanted = Deviate.model_validate_json(await request.body())
    if wanted.host not in party.settings.hosts:
        raise invalid("host", "host.unknown", "there is no such host")
    if unknown := sorted(set(wanted.names) - deviations.ALL):
        raise invalid("names", "deviation.unknown", f"there is no {unknown[0]}")
    await party.store.write(lambda conn: deviations.arm(conn, wanted.host, wanted.names))
    return JSONResponse({"host": wanted.host, "names": wanted.names})
