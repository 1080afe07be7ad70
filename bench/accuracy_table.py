"""The accuracy table as the handbook shows it, in both languages."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

FIGURES = Path(__file__).with_name("accuracy.json")
LANGUAGES = ("en", "ja")
_COLUMNS = ("truth", "embedded", "compiled", "sloth", "pyrra")
_HEAD = {
    "en": (
        "what happened",
        "truth",
        "Kizashi",
        "Kizashi's rules in Prometheus",
        "Sloth-style rules",
        "Pyrra-style rules",
    ),
    "ja": (
        "起きたこと",
        "真の値",
        "Kizashi",
        "Prometheus 上の Kizashi のルール",
        "Sloth 形式のルール",
        "Pyrra 形式のルール",
    ),
}
_STORIES = {
    "burst": (
        (
            "11 hours at 1 request a minute, all well; then 1 hour at 6,000 a minute,"
            " 10 % of them failing"
        ),
        "11 時間は毎分 1 件ですべて成功。その後 1 時間は毎分 6,000 件で 10 % が失敗",
    ),
    "mirror": (
        "11 hours at 6,000 a minute, all well; then 1 hour at 1 a minute, all failing",
        "11 時間は毎分 6,000 件ですべて成功。その後 1 時間は毎分 1 件ですべて失敗",
    ),
    "gap": (
        "60 requests a minute, 1 of 300 failing, with half an hour without any traffic",
        "毎分 60 件で 300 件に 1 件が失敗。途中の 30 分は通信なし",
    ),
    "no-errors": (
        "60 requests a minute, no error ever, so no series of errors either",
        "毎分 60 件。エラーは一度もなく、エラーの系列も存在しない",
    ),
    "rare": (
        "12 requests an hour; one fails, 3 minutes ago",
        "毎時 12 件。3 分前に 1 件だけ失敗",
    ),
    "first-error": (
        (
            "60 requests a minute; the first 5 errors of the service's life, half a minute"
            " ago"
        ),
        "毎分 60 件。30 秒前に、サービス始まって以来初めてのエラーが 5 件",
    ),
    "outage": (
        (
            "objective over 7 days, scrapes a minute apart give or take 2 seconds; every"
            " request fails"
        ),
        "7 日間の目標。スクレイプは約 1 分ごと (2 秒ほどずれる)。すべてのリクエストが失敗",
    ),
}


def table(language: str) -> Iterator[str]:
    """Yield the table in Markdown, from the figures of the last full run."""
    yield f"| {' | '.join(_HEAD[language])} |"
    yield "|" + "---|" * len(_HEAD[language])
    for row in json.loads(FIGURES.read_text(encoding="utf-8")):
        story = row["story"]
        cells = [_cell(story, row[name], language) for name in _COLUMNS]
        told = _STORIES[story][LANGUAGES.index(language)]
        yield f"| {' | '.join([told, *cells])} |"


def _cell(story: str, figure: Mapping[str, Any], language: str) -> str:
    if story == "outage":
        return _page(figure, language)
    text = _ratio(figure, language)
    if story == "rare":
        text += _raised(figure, language)
    return text


def _ratio(figure: Mapping[str, Any], language: str) -> str:
    if figure["ratio"] is None:
        return ("no value", "値なし")[LANGUAGES.index(language)]
    percent = f"{100 * figure['ratio']:.3g} %"
    if figure["bad"] is None:
        return percent
    bad, valid = (f"{int(figure[name]):,}" for name in ("bad", "valid"))
    counts = (f"{bad} of {valid}", f"{valid} 件中 {bad} 件")[LANGUAGES.index(language)]
    return f"{percent} ({counts})"


def _raised(figure: Mapping[str, Any], language: str) -> str:
    """Return whom one failed request would wake."""
    if not figure["alerts"]:
        return ("; wakes nobody", "。だれも起こさない")[LANGUAGES.index(language)]
    return (
        "; **wakes somebody**",
        "。**人を起こす**",
    )[LANGUAGES.index(language)]


def _page(figure: Mapping[str, Any], language: str) -> str:
    """Return when somebody is woken."""
    if figure["paged_s"] is None:
        return ("nobody is woken", "だれも起こさない")[LANGUAGES.index(language)]
    after = f"{int(figure['paged_s'])}"
    by = figure["paged_by"]
    if by in {"page", None}:
        return (f"page after {after} s", f"{after} 秒後に呼び出し")[
            LANGUAGES.index(language)
        ]
    return (
        f"page after {after} s, by the pair of {by}; the fast pair is silent",
        f"{after} 秒後に {by} の組で呼び出し。速い組は黙ったまま",
    )[LANGUAGES.index(language)]
