"""Figures as a file to keep: comma-separated values, one row for each point.

Source: RFC 4180.
"""

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence

from starlette.responses import Response

from kizashi.ui.parts.words import Words


def series_rows(
    at: Sequence[float], columns: Mapping[str, Sequence[float | None]], words: Words
) -> list[list[str]]:
    """Return series as rows, under their names; the first column is each step's end."""
    rows = [["end", *columns]]
    for i, end in enumerate(at):
        rows.append([words.iso(end), *(csv_number(v[i]) for v in columns.values())])
    return rows


def csv_number(value: float | None) -> str:
    """Return a number to its last digit; nothing where there is none."""
    if value is None or not math.isfinite(value):
        return ""
    return str(int(value)) if float(value).is_integer() else repr(value)


def csv_file(rows: Iterable[Sequence[str]], name: str) -> Response:
    """Return rows as a file to keep; its name holds letters and digits alone."""
    text = io.StringIO()
    csv.writer(text).writerows([_inert(cell) for cell in row] for row in rows)
    safe = "".join(
        c if c.isascii() and (c.isalnum() or c in "-._") else "_" for c in name
    )
    headers = {"content-disposition": f'attachment; filename="{safe}.csv"'}
    return Response(text.getvalue(), 200, headers, "text/csv")


def _inert(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula. Source: OWASP, CSV Injection."""
    is_number = cell[:1] == "-" and cell[1:2].isdigit()
    return f"'{cell}" if cell[:1] in set("=+-@\t\r") and not is_number else cell
