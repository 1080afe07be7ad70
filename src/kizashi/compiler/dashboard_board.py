"""A dashboard of Grafana, panel by panel, as the same bytes every time.

Every panel carries its unit, and says its window and its coverage beside the number; a
number without them looks like more than it is.

Source: Grafana dashboard JSON model, by Grafana's own foundation SDK.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from grafana_foundation_sdk.builders import (
    common as common_builder,
    dashboard as dashboard_builder,
    prometheus,
    stat,
    statetimeline,
    table,
    text,
    timeseries,
)
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common, dashboard
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from kizashi.rules.series_names import SERVICE, Series
from kizashi.slo.budget import LOW_LEFT
from kizashi.slo.firing import ENOUGH_SEEN

SOURCE = dashboard.DataSourceRef(type_val="prometheus", uid="${datasource}")
SHARE = "percentunit"
#: What Grafana calls numbers of no unit, with thousands shortened.
COUNT = "short"
#: Decimals of a share in per cent that is compared with a target.
PRECISE = 3
#: From which value on which colour holds; None for the lowest.
Steps = Sequence[tuple[float | None, str]]
#: What is left of a budget, in the levels of all faces. A colour holds from its value
#: on, so 0 is not where orange begins; nor is what floats make of nothing.
LEFT_STEPS: Steps = ((None, "red"), (1e-9, "orange"), (LOW_LEFT, "green"))
#: Below a half, an alert neither fires nor resolves. Source: rules 14 and 15.
SEEN_STEPS: Steps = ((None, "red"), (float(ENOUGH_SEEN), "orange"), (0.95, "green"))
_EVERYTHING = dashboard.VariableOption(selected=True, text="All", value="$__all")
_NEUTRAL: Steps = ((None, "text"),)
_FULL_WIDTH = 24
_DASHES = {"fill": "dash", "dash": [6, 6]}


class Say(Protocol):
    """A message id and its parameters to words in the reader's language."""

    def __call__(self, message_id: str, /, **params: object) -> str:
        """Return the words."""
        ...


Panel = TypeVar("Panel", stat.Panel, statetimeline.Panel, table.Panel, timeseries.Panel)


@dataclass(frozen=True, slots=True)
class PanelQuery:
    """One query of a panel.

    Attributes:
        expr: PromQL, with variables of the dashboard.
        legend: What its series are called; ``{{label}}`` stands for a label.
        unit: Of its values; empty for that of the panel.
        decimals: Shown; None to let Grafana choose, who shows 99.96 % as 100 %.
        steps: Colours of its values; empty for those of the panel.
        is_beside: Whether it stands on the other axis, dashed: what belongs to the
            number without being it.
    """

    expr: str
    legend: str = ""
    unit: str = ""
    decimals: int | None = None
    steps: Steps = ()
    is_beside: bool = False

    @property
    def properties(self) -> list[dashboard.DynamicConfigValue]:
        """What is said of its values alone."""
        rows: list[tuple[str, object]] = []
        if self.unit:
            rows.append(("unit", self.unit))
        if self.decimals is not None:
            rows.append(("decimals", self.decimals))
        if self.steps:
            rows.append(("thresholds", _thresholds(self.steps).build()))
        return [dashboard.DynamicConfigValue(id_val=k, value=v) for k, v in rows]

    @classmethod
    def of_coverage(cls, expr: str, say: Say) -> "PanelQuery":
        """Return the coverage that stands beside the numbers of a panel."""
        return cls(expr, say("dashboards.coverage"), SHARE, is_beside=True)


@dataclass(frozen=True, slots=True)
class PanelFormat:
    """How a panel shows its numbers.

    Attributes:
        title: Its title.
        about: What the numbers mean, shown where the reader points at the title.
        unit: The unit of its values.
        width: Columns of 24.
        height: Rows of about 30 pixels.
        steps: Colours; lines stand at them.
        most: The end of the axis; None to let it grow.
    """

    title: str
    about: str
    unit: str = ""
    width: int = 12
    height: int = 8
    steps: Steps = ()
    most: float | None = None

    @classmethod
    def of(
        cls, words: str, unit: str = "", width: int = 12, height: int = 8
    ) -> "PanelFormat":
        """Return the looks of a panel whose title and meaning stand on two lines."""
        title, _, about = words.partition("\n")
        return cls(title, about, unit, width, height)


class DashboardBuilder:
    """Collects panels in reading order."""

    def __init__(self, title: str, uid: str, tags: Sequence[str] = ()) -> None:
        """Begin a dashboard.

        Args:
            title: For people.
            uid: Names it in links; at most 40 characters.
            tags: Beside ``kizashi``.
        """
        self._last_id = 0
        self._board = (
            dashboard_builder.Dashboard(title)
            .uid(uid)
            .tags(["kizashi", *tags])
            .tooltip(dashboard.DashboardCursorSync.CROSSHAIR)
            .time("now-6h", "now")
            .refresh("1m")
        )

    def source(self, label: str) -> None:
        """Let the reader choose the data source."""
        variable = dashboard_builder.DatasourceVariable("datasource")
        self._board.with_variable(variable.type("prometheus").label(label))

    def choice(
        self, name: str, label: str, query: str, *, has_several: bool = False
    ) -> None:
        """Let the reader choose a label's value, or several."""
        variable = (
            dashboard_builder.QueryVariable(name)
            .label(label)
            .datasource(SOURCE)
            .query(query)
            .refresh(dashboard.VariableRefresh.ON_TIME_RANGE_CHANGED)
            .sort(dashboard.VariableSort.ALPHABETICAL_ASC)
        )
        if has_several:
            variable.multi(multi=True).include_all(include_all=True).all_value(".+")
            variable.current(_EVERYTHING)
        self._board.with_variable(variable)

    def choose_service(self, say: Say, *, has_several: bool = False) -> None:
        """Let the reader choose one of the services that rules are recorded for."""
        query = f"label_values({Series.INFO}, {SERVICE})"
        label = say("dashboards.service")
        self.choice("service", label, query, has_several=has_several)

    def link(self, title: str, uid: str) -> None:
        """Link to another dashboard, the time range kept."""
        self._board.link(
            dashboard_builder.DashboardLink(title)
            .type(dashboard.DashboardLinkType.LINK)
            .url(f"/d/{uid}")
            .keep_time(keep_time=True)
        )

    def row(self, title: str) -> None:
        """Begin a row."""
        self._board.with_row(dashboard_builder.Row(title).id(self._next_id()))

    def numbers(self, looks: PanelFormat, queries: Sequence[PanelQuery]) -> None:
        """Show the last values, each under its name."""
        # Without steps of ours, Grafana paints every number above 80 red.
        panel = self._panel(
            stat.Panel(),
            looks if looks.steps else replace(looks, steps=_NEUTRAL),
            queries,
            is_instant=True,
        )
        reduce = common_builder.ReduceDataOptions().calcs(["lastNotNull"])
        self._board.with_panel(
            panel.text_mode(common.BigValueTextMode.VALUE_AND_NAME)
            .graph_mode(common.BigValueGraphMode.NONE)
            .orientation(common.VizOrientation.HORIZONTAL)
            .reduce_options(reduce)
        )

    def lines(self, looks: PanelFormat, queries: Sequence[PanelQuery]) -> None:
        """Show values over time."""
        panel = self._panel(timeseries.Panel(), looks, queries)
        panel.line_width(1).fill_opacity(8)
        legend = (
            common_builder.VizLegendOptions()
            .display_mode(common.LegendDisplayMode.LIST)
            .placement(common.LegendPlacement.BOTTOM)
            .show_legend(show_legend=True)
        )
        if looks.steps:
            style = common_builder.GraphThresholdsStyleConfig()
            line = style.mode(common.GraphThresholdsStyleMode.DASHED)
            panel.thresholds_style(line)
        for ref, query in zip(_REFS, queries, strict=False):
            if query.is_beside:
                panel.override_by_query(ref, _beside(query.unit))
        self._board.with_panel(panel.legend(legend))

    def states(
        self,
        looks: PanelFormat,
        queries: Sequence[PanelQuery],
        words: Mapping[str, str],
    ) -> None:
        """Show states over time; `words` is value to what it is called."""
        panel = self._panel(statetimeline.Panel(), looks, queries)
        panel.line_width(0).fill_opacity(70)
        colors = {"0": "green", "1": "red"}
        mapping = dashboard.ValueMap(
            options={
                value: dashboard.ValueMappingResult(text=word, color=colors.get(value))
                for value, word in words.items()
            }
        )
        self._board.with_panel(panel.mappings([mapping]))

    def table(
        self,
        looks: PanelFormat,
        queries: Sequence[PanelQuery],
        labels: Mapping[str, str],
        link: tuple[str, str] | None = None,
    ) -> None:
        """Show one line for each label set, a column for each query.

        Args:
            looks: As of every panel.
            queries: Each with the labels of `labels` and no others; the legend is the
                column's title.
            labels: Label to its column's title, in order.
            link: The column that leads on, and where to.
        """
        panel = self._panel(table.Panel(), looks, queries, is_instant=True)
        panel.align(common.FieldTextAlignment.AUTO).inspect(inspect=False)
        values = {
            f"Value #{ref}": query.legend
            for ref, query in zip(_REFS, queries, strict=False)
        }
        titles = {**labels, **values}
        panel.with_transformation(
            dashboard.DataTransformerConfig(id_val="merge", options={})
        ).with_transformation(
            dashboard.DataTransformerConfig(
                id_val="organize",
                options={
                    "excludeByName": {"Time": True},
                    "indexByName": {name: at for at, name in enumerate(titles)},
                    "renameByName": titles,
                },
            )
        )
        panel.thresholds(_thresholds(_NEUTRAL))
        painted = dashboard.DynamicConfigValue(
            id_val="custom.cellOptions", value={"type": "color-text"}
        )
        for query in queries:
            paint = [painted] if query.steps else []
            panel.override_by_name(query.legend, [*query.properties, *paint])
        if link is not None:
            column, url = link
            leads = [{"title": looks.title, "url": url}]
            value = dashboard.DynamicConfigValue(id_val="links", value=leads)
            panel.override_by_name(column, [value])
        self._board.with_panel(panel)

    def words(self, markdown: str, height: int = 4) -> None:
        """Show a text."""
        panel = text.Panel().id(self._next_id()).content(markdown)
        panel.mode("markdown").span(_FULL_WIDTH).height(height)  # type: ignore[arg-type]
        self._board.with_panel(panel)

    def to_json(self) -> str:
        """Return the dashboard as Grafana imports it."""
        content = json.dumps(
            self._board.build(), cls=JSONEncoder, ensure_ascii=False, indent=2
        )
        return f"{content}\n"

    def _panel(
        self,
        panel: Panel,
        looks: PanelFormat,
        queries: Sequence[PanelQuery],
        *,
        is_instant: bool = False,
    ) -> Panel:
        panel.id(self._next_id()).title(looks.title).description(looks.about)
        panel.datasource(SOURCE).span(looks.width).height(looks.height)
        is_table = isinstance(panel, table.Panel)
        for ref, query in zip(_REFS, queries, strict=False):
            target = prometheus.Dataquery().expr(query.expr).ref_id(ref)
            target.legend_format(query.legend)
            if is_instant:
                target.instant()
            else:
                target.range()
            if is_table:
                target.format(PromQueryFormat.TABLE)
            panel.with_target(target)
            if query.properties and not query.is_beside and not is_table:
                panel.override_by_query(ref, query.properties)
        if looks.unit:
            panel.unit(looks.unit)
        if looks.most is not None:
            panel.max(looks.most)
        if looks.steps:
            panel.thresholds(_thresholds(looks.steps))
        return panel

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id


_REFS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _thresholds(steps: Steps) -> dashboard_builder.ThresholdsConfig:
    return (
        dashboard_builder.ThresholdsConfig()
        .mode(dashboard.ThresholdsMode.ABSOLUTE)
        .steps([dashboard.Threshold(value=at, color=color) for at, color in steps])
    )


def _beside(unit: str) -> list[dashboard.DynamicConfigValue]:
    """Return what puts a query on the other axis, from 0 to 1 where it is a share."""
    rows: list[tuple[str, object]] = [
        ("unit", unit),
        ("custom.axisPlacement", "right"),
        ("custom.lineStyle", _DASHES),
        ("custom.fillOpacity", 0),
        ("min", 0),
    ]
    if unit == SHARE:
        rows.append(("max", 1))
    return [dashboard.DynamicConfigValue(id_val=key, value=v) for key, v in rows]
