"""Traces: a span for each request, continued from the caller's, sent by OTLP.

Spans leave only where OTEL_EXPORTER_OTLP_ENDPOINT names a collector. Names and
attributes follow OpenTelemetry's semantic conventions for HTTP.
"""

import os

from opentelemetry import trace
from opentelemetry.propagate import extract
from opentelemetry.trace import SpanKind, Status, StatusCode
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.metrics import NOT_TRAFFIC, method_of, route_of

_SERVER_ERROR = 500


def send_traces(service: str) -> None:
    """Send this process's spans to the collector that the environment names, if any."""
    if not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        return
    # Imported here: a process that sends none does without the exporter.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


def trace_id() -> str | None:
    """Return the id of the trace at hand in hexadecimal, None outside of one."""
    context = trace.get_current_span().get_span_context()
    return format(context.trace_id, "032x") if context.is_valid else None


class TraceRequests:
    """Opens a span for every user's request."""

    def __init__(
        self, app: ASGIApp, provider: trace.TracerProvider | None = None
    ) -> None:
        self._app = app
        self._tracer = trace.get_tracer("reference-app", tracer_provider=provider)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on inside a span; probes and scrapes get none."""
        if scope["type"] != "http" or scope["path"].startswith(NOT_TRAFFIC):
            await self._app(scope, receive, send)
            return
        with self._tracer.start_as_current_span(
            method_of(scope),
            context=extract(dict(Headers(scope=scope))),
            kind=SpanKind.SERVER,
            attributes={"http.request.method": method_of(scope)},
        ) as span:

            async def seeing_send(message: Message) -> None:
                if message["type"] == "http.response.start":
                    status = message["status"]
                    span.set_attribute("http.response.status_code", status)
                    if status >= _SERVER_ERROR:
                        span.set_status(Status(StatusCode.ERROR))
                await send(message)

            await self._app(scope, receive, seeing_send)
            route = route_of(scope)
            span.update_name(f"{method_of(scope)} {route}")
            span.set_attribute("http.route", route)
