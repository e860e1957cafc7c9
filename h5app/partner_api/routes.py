"""The map: every endpoint of the partner API."""

from __future__ import annotations

from h5app.partner_api.endpoint import Endpoint
from h5app.partner_api.endpoints import (
    deliveries,
    description,
    events,
    keys,
    launches,
    requests,
    sandbox,
    statuses,
    token,
    webhooks,
)

ENDPOINTS: list[Endpoint] = [
    description.ENDPOINT,
    token.ENDPOINT,
    *keys.ENDPOINTS,
    *launches.ENDPOINTS,
    *statuses.ENDPOINTS,
    *events.ENDPOINTS,
    *webhooks.ENDPOINTS,
    *deliveries.ENDPOINTS,
    *requests.ENDPOINTS,
    *sandbox.ENDPOINTS,
]
