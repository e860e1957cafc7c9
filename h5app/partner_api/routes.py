"""The map: every endpoint of the partner API."""

from __future__ import annotations

from h5app.partner_api.endpoint import Endpoint
from h5app.partner_api.endpoints import (
    deliveries,
    description,
    events,
    keys,
    launches,
    progress_views,
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
    progress_views.ENDPOINT,
    *statuses.ENDPOINTS,
    *events.ENDPOINTS,
    *webhooks.ENDPOINTS,
    *deliveries.ENDPOINTS,
    *requests.ENDPOINTS,
    *sandbox.ENDPOINTS,
]
