"""The map: every endpoint of the partner API."""

from __future__ import annotations

from h5app.partner_api.endpoint import Endpoint
from h5app.partner_api.endpoints import (
    description,
    events,
    keys,
    launches,
    requests,
    sandbox,
    statuses,
    token,
)

ENDPOINTS: list[Endpoint] = [
    description.ENDPOINT,
    token.ENDPOINT,
    *keys.ENDPOINTS,
    *launches.ENDPOINTS,
    *statuses.ENDPOINTS,
    *events.ENDPOINTS,
    *requests.ENDPOINTS,
    *sandbox.ENDPOINTS,
]
