"""The figures behind a service's charts: for the script, and as files to keep."""

from collections.abc import Sequence

from starlette.responses import Response

from kizashi.api._base import bad_parameter, json_reply
from kizashi.errors import NotFoundError
from kizashi.slo.objective import ServiceSpec
from kizashi.ui.parts.base import Ask
from kizashi.ui.parts.csv_files import csv_file, series_rows
from kizashi.ui.parts.signal_charts import (
    cut_of,
    edge_text,
    signal_charts,
    signal_series,
)
from kizashi.ui.parts.tones import heat_steps


async def signals_json(ask: Ask) -> Response:
    """Return the signals of a stretch for charts, all of them in one answer.

    Raises:
        NotFoundError: If the service is not declared or declares no signals.
    """
    spec = _declared(ask)
    cut, _ = cut_of(ask)
    signals = await ask.services.signals.read(spec, cut)
    if signals is None:
        raise NotFoundError(f"{spec.name} declares no signals")
    return json_reply(
        {
            "at": signals.at,
            "step_s": signals.step_s,
            "series": signal_series(signals),
            "edges": [edge_text(e, ask.words) for e in signals.edges],
            "heat": signals.heat,
            "heat_steps": heat_steps(signals.heat),
        }
    )


async def signals_csv(ask: Ask) -> Response:
    """Return the signals of a stretch as a file to keep: one chart's, or all of them.

    Raises:
        NotFoundError: If the service is not declared or declares no signals.
        RequestError: If there is no such chart (400).
    """
    spec = _declared(ask)
    cut, _ = cut_of(ask)
    signals = await ask.services.signals.read(spec, cut)
    if signals is None:
        raise NotFoundError(f"{spec.name} declares no signals")
    chart = ask.query.get("chart", "")
    columns = signal_series(signals)
    heat: dict[str, Sequence[float | None]] = {
        f"bucket {edge:g}": row
        for edge, row in zip(signals.edges, signals.heat, strict=True)
    }
    if chart == "heat":
        columns = heat
    elif chart:
        charts = {one.key: one for one in signal_charts(signals, ask.words)}
        if chart not in charts:
            raise bad_parameter("chart", chart, "ui.expected.chart")
        columns = {key: columns[key] for key in charts[chart].keys}
    else:
        columns |= heat
    name = f"{spec.name}-{chart or 'signals'}"
    return csv_file(series_rows(signals.at, columns, ask.words), name)


def _declared(ask: Ask) -> ServiceSpec:
    for spec in ask.services.overview.services():
        if spec.name == ask.named["service"]:
            return spec
    raise NotFoundError(f"no service {ask.named['service']} is declared")
