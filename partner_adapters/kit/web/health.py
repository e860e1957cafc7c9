"""`/healthz` (the process runs), `/readyz` (it can serve, otherwise 503), `/metrics` (Prometheus)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from partner_adapters.kit.observed.readiness import Check, NotReady
from partner_adapters.kit.observed.sinks import LOST
from partner_adapters.kit.web.logs import check_log

PROBES = ("/healthz", "/readyz", "/metrics")
# A check that takes longer has failed: a lost database may not even refuse the connection.
WITHIN_S = 2.0


def health_routes(checks: Mapping[str, Check], registry: CollectorRegistry) -> list[Route]:
    """Return the three routes. `checks` decide readiness, by name, and so does the disk of the log."""
    registry.register(LOST)

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(_request: Request) -> Response:
        failed = await _failed({**checks, "log": check_log})
        told: dict[str, object] = {"status": "unready" if failed else "ready", "failed": list(failed)}
        if causes := {name: cause for name, cause in failed.items() if cause}:
            told["causes"] = causes
        return JSONResponse(told, 503 if failed else 200)

    async def metrics(_request: Request) -> Response:
        # Some collectors query a database, so they run on a thread and not on the event loop.
        shown = await asyncio.to_thread(generate_latest, registry)
        return Response(shown, media_type=CONTENT_TYPE_LATEST)

    return [
        Route("/healthz", healthz, include_in_schema=False),
        Route("/readyz", readyz, include_in_schema=False),
        Route("/metrics", metrics, include_in_schema=False),
    ]


async def _failed(checks: Mapping[str, Check]) -> dict[str, str]:
    """Return each failed check with its cause, or "" where the cause is an exception of others."""
    # All at once, so that the answer takes no longer than the slowest check.
    causes = await asyncio.gather(*(_cause(check) for check in checks.values()))
    return {name: cause for name, cause in zip(checks, causes, strict=True) if cause is not None}


async def _cause(check: Check) -> str | None:
    try:
        async with asyncio.timeout(WITHIN_S):
            await check()
    except NotReady as reason:
        return reason.cause
    except Exception:
        return ""
    return None
