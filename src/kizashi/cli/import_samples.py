"""``kizashi import-samples``: history into the store and the ledger."""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App

from kizashi.cli._base import (
    Exit,
    OutputFormat,
    UsageError,
    complain,
    new_app,
    option as option_of,
)
from kizashi.errors import DurationError, StoreError
from kizashi.logs.logging import printable
from kizashi.messages import render
from kizashi.model.durations import format_duration, parse_duration
from kizashi.offline.tokens import DEFAULT_FOLDER
from kizashi.settings.declaration_files import CONFIGURATION_NAMES, Loaded, load

if TYPE_CHECKING:
    from kizashi.offline.history import ImportSamplesRequest, ImportStage, ImportSummary

_MOST_NAMES = 5


def build(language: str) -> App:
    """Return the command in the reader's language."""
    app = new_app(
        language, "import-samples", "import-samples.help", "import-samples.usage"
    )

    option = partial(option_of, language)

    @app.default
    def import_samples(
        *files: Annotated[Path, option("import-samples.option.files")],
        data: Annotated[Path, option("import-samples.option.data")] = DEFAULT_FOLDER,
        interval: Annotated[
            str | None, option("import-samples.option.interval")
        ] = None,
        job: Annotated[str | None, option("import-samples.option.job")] = None,
        instance: Annotated[
            str | None, option("import-samples.option.instance")
        ] = None,
        config: Annotated[Path | None, option("import-samples.option.config")] = None,
        output: Annotated[
            OutputFormat, option("import-samples.option.format", "--format")
        ] = OutputFormat.TEXT,
    ) -> int:
        from kizashi.offline.history import ImportSamplesRequest

        if not files:
            raise UsageError(render(language, "import-samples.missing"))
        interval_ms = _interval_ms(language, interval)
        request = ImportSamplesRequest(files, job, instance, interval_ms)
        return _import(language, request, data, _loaded(language, config), output)

    return app


def _import(
    language: str,
    request: "ImportSamplesRequest",
    data: Path,
    loaded: Loaded | None,
    output: OutputFormat,
) -> int:
    from kizashi.offline.history import ImportRefusedError
    from kizashi.offline.importing import import_samples

    if loaded is not None and not loaded.is_usable:
        for problem in loaded.problems:
            text = render(language, problem.code, **problem.params)
            complain(f"{problem.position}: {text}")
        complain(render(language, "import-samples.unusable"))
        return Exit.PROBLEMS
    progress, end_line = _progress(language)
    try:
        summary = import_samples(request, data, loaded, progress=progress)
    except ImportRefusedError as error:
        end_line()
        complain(printable(render(language, error.code, **error.params)))
        return Exit.PROBLEMS
    except StoreError as error:
        end_line()
        complain(render(language, "import-samples.failed", why=error))
        return Exit.PROBLEMS
    except KeyboardInterrupt:
        end_line()
        complain(render(language, "import-samples.again"))
        raise
    end_line()
    if output is OutputFormat.JSON:
        print(json.dumps(_as_json(summary), ensure_ascii=False, indent=2))
    else:
        age = format_duration(summary.retention_ms)
        print("\n".join(_as_text(summary, language, age)))
    return Exit.OK


def _progress(
    language: str,
) -> tuple[Callable[["ImportStage", float], None], Callable[[], None]]:
    """Return who writes progress on a terminal, and who ends its line."""
    shown = ""

    def write(text: str) -> None:
        nonlocal shown
        if text != shown and sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K{text}")
            sys.stderr.flush()
            shown = text

    def tell(stage: "ImportStage", share: float) -> None:
        # In whole percents, so that a terminal gets a hundred lines and not a million.
        write(render(language, _STAGES[stage.value], percent=int(share * 100)))

    return tell, lambda: write("")


_STAGES = {
    "read": "import-samples.stage.read",
    "store": "import-samples.stage.store",
    "derive": "import-samples.stage.derive",
}


def _as_text(summary: "ImportSummary", language: str, age: str) -> Iterator[str]:
    if summary.first_ms is None or summary.last_ms is None:
        yield render(language, "import-samples.nothing")
    else:
        yield render(
            language,
            "import-samples.samples",
            read=f"{summary.read:,}",
            new=f"{summary.new:,}",
            known=f"{summary.known:,}",
        )
        if summary.ups:
            yield render(language, "import-samples.ups", ups=f"{summary.ups:,}")
        first, last = _when(summary.first_ms), _when(summary.last_ms)
        yield render(language, "import-samples.span", first=first, last=last)
        names = ", ".join("/".join(t) for t in summary.targets[:_MOST_NAMES])
        if len(summary.targets) > _MOST_NAMES:
            names += ", …"
        count = len(summary.targets)
        text = render(language, "import-samples.targets", count=count, names=names)
        yield printable(text)
    if summary.expired:
        expired = f"{summary.expired:,}"
        yield render(language, "import-samples.expired", expired=expired, age=age)
    if summary.blank:
        yield render(language, "import-samples.blank", blank=f"{summary.blank:,}")
    if not summary.is_derived:
        yield render(language, "import-samples.later")
    elif summary.first_ms is not None:
        yield render(language, "import-samples.derived", count=summary.objectives)


def _as_json(summary: "ImportSummary") -> dict[str, object]:
    """Return the summary for a program; times are Unix seconds."""
    out = asdict(summary)
    out["targets"] = [{"job": j, "instance": i} for j, i in summary.targets]
    for name in ("first", "last"):
        stamp = out.pop(f"{name}_ms")
        out[name] = None if stamp is None else stamp / 1000
    out["retention_s"] = out.pop("retention_ms") / 1000
    return out


def _when(unix_ms: int) -> str:
    moment = datetime.fromtimestamp(unix_ms / 1000, UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _interval_ms(language: str, given: str | None) -> int | None:
    if given is None:
        return None
    try:
        interval_ms = parse_duration(given)
    except DurationError:
        interval_ms = 0
    if interval_ms <= 0:
        raise UsageError(render(language, "import-samples.bad-interval", given=given))
    return interval_ms


def _loaded(language: str, given: Path | None) -> Loaded | None:
    """Return the configuration that the server would run; None where there is none."""
    if given is not None and not given.is_file():
        raise UsageError(render(language, "cli.check.missing", names=given))
    found = given or next(
        (Path(n) for n in CONFIGURATION_NAMES if Path(n).is_file()), None
    )
    return None if found is None else load([], found)
