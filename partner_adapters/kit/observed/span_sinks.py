"""The sinks of spans, guarded: one that fails loses spans and counts them. Loaded only by a process with traces."""

from __future__ import annotations

from collections.abc import Sequence

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from partner_adapters.kit.observed.sinks import LOST


class CountingExporter(SpanExporter):
    """Passes spans to `exporter`, and counts those that it could not send."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        try:
            result = self._exporter.export(spans)
        except Exception:
            result = SpanExportResult.FAILURE
        if result is not SpanExportResult.SUCCESS:
            LOST.labels("spans").inc(len(spans))
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()


class GuardedProcessor(SpanProcessor):
    """Passes spans to `processor`, whose exceptions would otherwise end the request that the span is about."""

    def __init__(self, processor: SpanProcessor) -> None:
        self._processor = processor

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        try:
            self._processor.on_start(span, parent_context)
        except Exception:
            LOST.labels("spans").inc()

    def on_end(self, span: ReadableSpan) -> None:
        try:
            self._processor.on_end(span)
        except Exception:
            LOST.labels("spans").inc()

    def shutdown(self) -> None:
        self._processor.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._processor.force_flush(timeout_millis)
