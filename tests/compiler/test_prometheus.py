"""Whatever is declared, the rules load in Prometheus and pass their own unit tests."""

import subprocess
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from kizashi.compiler import load_target
from kizashi.compiler._base import CompileOptions, JobTiming
from kizashi.compiler.telling import down_alerts
from kizashi.declarations.configuration import Configuration
from kizashi.messages import render
from kizashi.model.labels import Labels
from kizashi.model.severity import Severity
from kizashi.model.windows import RollingWindow
from kizashi.promql.selectors import parse_selector
from kizashi.sli._base import Comparison, Indicator, SampleTest
from kizashi.sli.boolean import BooleanIndicator
from kizashi.sli.latency import LatencyIndicator
from kizashi.sli.ratio import RatioIndicator
from kizashi.sli.threshold import ThresholdIndicator
from kizashi.slo.objective import (
    LocalText,
    NoData,
    ObjectiveSpec,
    RunbookRef,
    ServiceSpec,
)
from kizashi.slo.policy import CustomPair, CustomPolicy, PresetPolicy

pytestmark = pytest.mark.peer("prometheus")

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


def ratio(bad: str = "", good: str = "", valid: str = "") -> RatioIndicator:
    return RatioIndicator(
        valid=parse_selector(valid),
        bad=parse_selector(bad) if bad else None,
        good=parse_selector(good) if good else None,
    )


ERRORS = ratio(bad='r_total{job="j",code=~"5..|429"}', valid='r_total{job="j"}')
TWO_PAIRS = CustomPolicy(
    (
        # Two pairs of one severity, one quick and one slow; the windows are no whole
        # blocks; and two that differ in their factors only.
        CustomPair(7 * HOUR + 13 * MINUTE, 31 * MINUTE, Decimal("2.5"), Severity.PAGE),
        CustomPair(2 * HOUR, 10 * MINUTE, Decimal(7), Severity.PAGE),
        CustomPair(2 * HOUR, 10 * MINUTE, Decimal(9), Severity.PAGE),
        CustomPair(3 * DAY, 5 * HOUR, Decimal(1), Severity.TICKET),
    )
)


def objective(
    name: str, indicator: Indicator, target: str = "0.999", **more: object
) -> ObjectiveSpec:
    known = {"window": RollingWindow(30 * DAY), "job": "j", **more}
    return ObjectiveSpec("s", name, Decimal(target), indicator=indicator, **known)  # type: ignore[arg-type]


def pair(long_ms: int, short_ms: int) -> CustomPair:
    return CustomPair(long_ms, short_ms, Decimal(2), Severity.PAGE)


OBJECTIVES = {
    "plain": objective("plain", ERRORS),
    "good side": objective(
        "good", ratio(good='r_total{code!~"5.."}', valid="r_total"), "0.95"
    ),
    "two metrics": objective(
        "two", ratio(bad='errors_total{job="j"}', valid='r_total{job="j"}'), "0.99"
    ),
    "latency": objective(
        "latency",
        LatencyIndicator(
            "d_seconds", Decimal("0.25"), parse_selector('{job="j",h!=""}')
        ),
        "0.9",
    ),
    "latency of whole seconds": objective(
        "seconds", LatencyIndicator("d_seconds", Decimal(10)), "0.5"
    ),
    "boolean": objective("probe", BooleanIndicator(parse_selector("probe_success"))),
    "threshold": objective(
        "queue",
        ThresholdIndicator(
            parse_selector('queue_length{job="j"}'),
            SampleTest(Comparison.AT_MOST, Decimal("0.5")),
        ),
        "0.9",
    ),
    "week": objective("week", ERRORS, "0.9999", window=RollingWindow(7 * DAY)),
    "quarter": objective("quarter", ERRORS, "0.99999", window=RollingWindow(90 * DAY)),
    "hour": objective("hour", ERRORS, "0.9", window=RollingWindow(HOUR)),
    "own pairs": objective("own", ERRORS, policy=TWO_PAIRS),
    "equal windows": objective(
        "equal", ERRORS, policy=CustomPolicy((pair(10 * MINUTE, 10 * MINUTE),))
    ),
    "a slice is enough": objective(
        "slice", ERRORS, policy=CustomPolicy((pair(HOUR, 15_000),))
    ),
    "shorter than a block": objective(
        "shorts",
        ERRORS,
        policy=CustomPolicy((pair(DAY, MINUTE), pair(3 * DAY, 3 * MINUTE))),
    ),
    "a year, unseen is bad": objective(
        "year", ERRORS, window=RollingWindow(366 * DAY), no_data=NoData.BAD
    ),
    "other preset": objective("preset", ERRORS, policy=PresetPolicy("2h-6h-24h")),
    "waits": objective("waits", ERRORS, for_ms=2 * MINUTE),
    "unseen is bad": objective("unseen-bad", ERRORS, no_data=NoData.BAD),
    "unseen is good": objective("unseen-good", ERRORS, no_data=NoData.GOOD),
    "one is enough": objective("one", ERRORS, min_bad_events=1),
    "many needed": objective("many", ERRORS, min_bad_events=1_000),
    "job by expression": objective(
        "jobs", ratio(bad='e_total{job=~"j|k"}', valid='r_total{job=~"j|k"}'), job=None
    ),
    "no job": objective("no-job", ratio(bad="e_total", valid="r_total"), job=None),
}


def service(*objectives: ObjectiveSpec) -> ServiceSpec:
    return ServiceSpec(
        "s",
        LocalText("s", "s"),
        owner="team: 'a'",
        tier=1,
        objectives=objectives,
        runbooks=(RunbookRef(objectives[0].name, "https://example.org/{{x}}"),),
        labels=Labels.of(region="eu", note="{{ of $ours }}"),
    )


def write(
    folder: Path, services: Sequence[ServiceSpec], options: CompileOptions
) -> None:
    """Compile services, and write the files."""
    compiled = load_target("prometheus").compile(services, Configuration(), options)
    for file in compiled.files:
        path = folder / file.path
        path.parent.mkdir(exist_ok=True)
        path.write_text(file.text)
    assert len({file.path for file in compiled.files}) == len(compiled.files)


def judged(
    folder: Path, services: Sequence[ServiceSpec], options: CompileOptions
) -> str:
    """Write the files and let promtool check and test them; return what it says."""
    write(folder, services, options)
    rules = sorted(map(str, folder.glob("*.rules.yaml")))
    tests = sorted(map(str, folder.glob("tests/*.yaml")))
    said = ""
    for arguments in (["check", "rules", *rules], ["test", "rules", *tests]):
        done = subprocess.run(
            ["promtool", *arguments],  # noqa: S607 - the peer is whatever PATH offers
            capture_output=True,
            check=False,
            text=True,
            timeout=120,
        )
        said += "" if done.returncode == 0 else done.stdout + done.stderr
    assert tests
    return said


@pytest.mark.parametrize("name", OBJECTIVES)
def test_rules_pass_promtool_and_their_own_tests(tmp_path: Path, name: str):
    assert judged(tmp_path, [service(OBJECTIVES[name])], CompileOptions()) == ""


@pytest.mark.parametrize("job", ["plain", "it's", 'a"b\\c', "{{ x }}", "%s {{", "日本"])
def test_a_job_of_any_name_is_told_with_its_counts(tmp_path: Path, job: str):
    page, _ = down_alerts(job, 15_000, "en")
    (tmp_path / "r.yaml").write_text(
        yaml.safe_dump({"groups": [{"name": "g", "rules": [page.as_yaml()]}]})
    )
    labels = {"job": job, "severity": "page"}
    told = {
        "summary": f"{job}: 2 of 2 scrape targets do not answer",
        "description": render("en", "notify.down.what"),
    }
    expected = [{"exp_labels": labels, "exp_annotations": told}]
    asked = {"eval_time": "5m", "alertname": "TargetDown", "exp_alerts": expected}
    up = [
        {"series": str(Labels.of(__name__="up", job=job, instance=i)), "values": "0x40"}
        for i in "ab"
    ]
    test = {"interval": "15s", "input_series": up, "alert_rule_test": [asked]}
    (tmp_path / "t.yaml").write_text(
        yaml.safe_dump({"rule_files": ["r.yaml"], "tests": [test]})
    )

    done = subprocess.run(
        ["promtool", "test", "rules", str(tmp_path / "t.yaml")],  # noqa: S607
        capture_output=True,
        check=False,
        text=True,
    )

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("slice_ms", "interval_ms"), [(1_000, 2_000), (15_000, 60_000), (15_000, 10_000)]
)
def test_rules_suit_any_slice_and_scrape_interval(
    tmp_path: Path, slice_ms: int, interval_ms: int
):
    options = CompileOptions(
        slice_ms=slice_ms, jobs={"j": JobTiming(interval_ms, interval_ms)}
    )
    own = service(OBJECTIVES["plain"], OBJECTIVES["boolean"])
    assert judged(tmp_path, [own], options) == ""


def test_objectives_of_one_service_share_rules(tmp_path: Path):
    """Jobs scraped at other intervals, other windows, other waits side by side."""
    options = CompileOptions(
        language="ja", jobs={"j": JobTiming(), "k": JobTiming(5_000, 5_000)}
    )
    objectives = [
        OBJECTIVES["own pairs"],
        objective(
            "k", ratio(bad='e_total{job="k"}', valid='r_total{job="k"}'), job="k"
        ),
        # Its targets name another job than the one they are scraped by.
        objective("other", ERRORS, job="k", for_ms=2 * MINUTE),
    ]
    assert judged(tmp_path, [service(*objectives)], options) == ""


def test_groups_of_many_objectives_are_split_where_rules_do_not_depend(
    tmp_path: Path,
):
    """Every part passes the unit tests of its objectives by itself."""
    names = ("own pairs", "plain", "boolean", "waits")
    own = service(*(OBJECTIVES[name] for name in names))
    options = CompileOptions(
        most_rules=20, jobs={j: JobTiming() for j in "abcdefghijk"}
    )

    assert judged(tmp_path, [own], options) == ""

    counts, recorded = {}, []
    for path in sorted(tmp_path.glob("*.rules.yaml")):
        for group in yaml.safe_load(path.read_text())["groups"]:
            assert group["name"] not in counts
            counts[group["name"]] = len(group["rules"])
            if path.name.startswith("s."):
                recorded += [
                    (rule["record"], rule["expr"], str(rule.get("labels")))
                    for rule in group["rules"]
                    if "record" in rule
                ]
    assert max(counts.values()) <= 20
    assert {"kizashi-s", "kizashi-s.2", "kizashi-s.2-slow", "kizashi-targets.2"} <= {
        *counts
    }
    # No two parts record the same.
    assert len(set(recorded)) == len(recorded)


def test_an_objective_whose_rules_do_not_fit_is_told_and_kept_whole():
    own = service(OBJECTIVES["plain"])
    options = CompileOptions(most_rules=5)

    found = load_target("prometheus").compile([own], Configuration(), options)

    assert [n.code for n in found.notes] == ["compile.note.large-group"]
    assert found.notes[0].params["group"] == "kizashi-s-slow"
    whole = load_target("prometheus").compile([own], Configuration(), CompileOptions())
    assert [f.text for f in found.files] == [f.text for f in whole.files]


def test_files_hold_one_document_and_no_float_noise(tmp_path: Path):
    objectives = [objective("o", ERRORS, "0.9995"), OBJECTIVES["latency"]]
    write(tmp_path, [service(*objectives)], CompileOptions())

    for path in tmp_path.rglob("*.yaml"):
        text = path.read_text()
        assert len(list(yaml.safe_load_all(text))) == 1
        assert "00000000001" not in text.replace("0\\\\.25000000000000000", "")
        assert "99999999" not in text


def test_names_do_not_hold_the_window():
    def names(window_ms: int) -> set[str]:
        files = load_target("prometheus").compile(
            [service(objective("o", ERRORS, window=RollingWindow(window_ms)))],
            Configuration(),
            CompileOptions(),
        )
        return {
            rule["record"]
            for file in files.files
            if file.path.endswith("rules.yaml")
            for group in yaml.safe_load(file.text)["groups"]
            for rule in group["rules"]
            if "record" in rule
        }

    assert names(30 * DAY) == names(7 * DAY)


def test_an_objective_without_a_metric_name_is_left_out_and_said():
    indicator = ratio(bad='{job="j",code="500"}', valid='{job="j"}')
    compiled = load_target("prometheus").compile(
        [service(objective("nameless", indicator))], Configuration(), CompileOptions()
    )

    assert [note.code for note in compiled.notes] == ["compile.note.no-name"]
    assert compiled.files == ()
