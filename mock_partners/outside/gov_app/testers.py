"""`<base>/_deviate`: testers arm deviations (wrong behaviour) for a host's next login."""

from __future__ import annotations

from pydantic import ConfigDict
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mock_partners.outside.gov_app import deviations
from mock_partners.outside.gov_app.party import GovApp
from partner_adapters.kit.values.json_model import JsonModel
from partner_adapters.kit.values.problems import invalid
from partner_adapters.kit.web.json_answers import read


class DeviationRequest(JsonModel):
    """The body of the POST: a host's key and the names of deviations."""

    model_config = ConfigDict(extra="forbid")

    host: str
    names: list[str]


async def show_deviations(_request: Request) -> Response:
    """GET: return the names of all deviations."""
    return JSONResponse({"names": sorted(deviations.ALL)})


async def arm_deviations(request: Request) -> Response:
    """POST {host, names}: arm these in place of the earlier ones. An empty list disarms all."""
    party: GovApp = request.app.state.gov_app
    deviation_request = await read(request, DeviationRequest)
    if deviation_request.host not in party.settings.hosts:
        raise invalid("host", "host.unknown", "this party does not play such a host")
    if unknown := sorted(set(deviation_request.names) - deviations.ALL):
        raise invalid("names", "deviation.unknown", f"{unknown[0]} is not a known deviation")
    await party.store.write(
        lambda conn: deviations.arm(conn, deviation_request.host, deviation_request.names)
    )
    return JSONResponse({"host": deviation_request.host, "names": deviation_request.names})
