"""`kizashi policy`, as a person and a program meet it."""

import json
from fractions import Fraction
from pathlib import Path

import pytest

from kizashi.cli import run
from kizashi.cli.text.outlook import lasting

DECLARED = """\
apiVersion: kizashi.dev/v1
kind: Service
metadata: {name: todo}
spec:
  job: todo
  objectives:
    - name: availability
      target: 99.9%
      window: 30d
      ratio: {bad: bad_total, valid: all_total}
    - name: speed
      target: 95%
      window: 28d
      ratio: {bad: slow_total, valid: all_total}
      alerting:
        policies:
          - {long: 4h, short: 20m, factor: 5, severity: page}
        for: 2m
"""
POLICY = """\
alerting:
  policies:
    - {long: 1h, short: 5m, factor: 20, severity: page}
    - {long: 6h, short: 30m, factor: 6, severity: ticket}
minBadEvents: 5
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def policy(capsys: pytest.CaptureFixture[str], *tokens: str) -> tuple[int, str, str]:
    code = run(["policy", *tokens])
    told = capsys.readouterr()
    return code, told.out, told.err


def document(capsys: pytest.CaptureFixture[str], *tokens: str) -> dict[str, list]:
    code, out, err = policy(capsys, *tokens, "--format", "json")
    assert (code, err) == (0, "")
    return json.loads(out)


def test_first_principles_for_the_page_of_the_default_preset(
    capsys: pytest.CaptureFixture[str],
):
    given = ["google-30d", "--target", "99.9%", "--error-ratio", "100%", "10%", "1.01%"]

    cases = document(capsys, *given)["cases"]

    pages = [case for case in cases if case["severity"] == "page"]
    # 0.0144 x 1 h / 1, / 0.1, and 0.006 x 6 h / 0.0101.
    detected = [case["detection_s"] for case in pages]
    assert detected == [51.84, 518.4, pytest.approx(12_831.6832, abs=1e-4)]
    assert [case["detection_at_interval_s"] for case in pages] == [60, 525, 12_840]
    assert [case["budget_spent_ratio"] for case in pages] == [0.02, 0.02, 0.05]
    # Of 2,592 s of budget: 60, 52.5 and 129.684 s.
    assert [case["budget_spent_at_interval_ratio"] for case in pages] == [
        pytest.approx(spent / 2592, abs=1e-9) for spent in (60, 52.5, 129.684)
    ]
    assert [case["error_ratio"] for case in pages] == [1, 0.1, 0.0101]


def test_never_is_null(capsys: pytest.CaptureFixture[str]):
    given = ["google-30d", "--target", "0.999", "--error-ratio", "0.001"]

    cases = document(capsys, *given)["cases"]

    assert [case["severity"] for case in cases] == ["page", "ticket"]
    for case in cases:
        spent = ("budget_spent_ratio", "budget_spent_at_interval_ratio")
        for key in ("detection_s", "reset_s", *spent):
            assert case[key] is None
        assert case["detection_at_interval_s"] is None


def test_the_largest_silent_burn_is_named(capsys: pytest.CaptureFixture[str]):
    (found,) = document(capsys, "2h-6h-24h", "--target", "99.9%")["policies"]

    assert found["silent_up_to"] == {
        "page": {"error_ratio": 0.006, "burn_rate": 6, "is_silent_itself": True},
        "ticket": {"error_ratio": 0.001, "burn_rate": 1, "is_silent_itself": True},
        "all": {"error_ratio": 0.001, "burn_rate": 1, "is_silent_itself": True},
    }
    assert found["dead_pairs"] == []
    assert [pair["long_s"] for pair in found["pairs"]] == [
        7_200,
        21_600,
        86_400,
        259_200,
    ]


def test_a_preset_names_the_pairs_that_it_drops(capsys: pytest.CaptureFixture[str]):
    given = ["google-30d", "--target", "90%", "--window", "7d"]

    (found,) = document(capsys, *given)["policies"]
    _, out, _ = policy(capsys, *given)

    # One hour of thirty days is 14 minutes of seven.
    assert found["dead_pairs"] == [{"long_s": 840, "factor": 14.4, "severity": "page"}]
    assert "Dead: 14m 14.4 page. At this target a burn rate ends at 10;" in out


def test_a_policy_file_is_worked_out_at_the_target_given(
    here: Path, capsys: pytest.CaptureFixture[str]
):
    (here / "mine.yaml").write_text(POLICY)

    found = document(
        capsys,
        "mine.yaml",
        "--target",
        "95%",
        "--error-ratio",
        "0.5",
        "--rate",
        "0.001",
    )

    # 20 x 0.05 is 1: dead. Five events at half of one in 1,000 s take 10,000 s; the
    # limit of 0.3 alone 12,960 s.
    (described,) = found["policies"]
    assert described["dead_pairs"] == [
        {"long_s": 3_600, "factor": 20, "severity": "page"}
    ]
    assert [(c["severity"], c["detection_s"]) for c in found["cases"]] == [
        ("page", None),
        ("ticket", 12_960),
    ]


def test_few_events_are_part_of_it_where_a_rate_is_given(
    here: Path, capsys: pytest.CaptureFixture[str]
):
    (here / "mine.yaml").write_text(POLICY)
    given = ["mine.yaml", "--target", "99%", "--error-ratio", "1"]

    _, without, _ = policy(capsys, *given)
    _, rated, _ = policy(capsys, *given, "--rate", "0.001")

    assert "minBadEvents (5) is left out" in without
    # Five bad ones of 21.6 in six hours: 23.148 %.
    assert "Silent for ever (ticket): errors below 23.148%" in rated
    assert "With 0.001 events per second, and 5 bad ones or more" in rated


def test_each_objective_has_its_own_policy_target_and_window(
    here: Path, capsys: pytest.CaptureFixture[str]
):
    (here / "todo.yaml").write_text(DECLARED)

    found = document(capsys, "todo.yaml", "--error-ratio", "100%")

    assert [
        (p["objective"], p["target"], p["window_s"]) for p in found["policies"]
    ] == [
        ("availability", 0.999, 2_592_000),
        ("speed", 0.95, 2_419_200),
    ]
    # 5 x 0.05 x 4 h is one hour; two minutes more for `for`.
    assert [
        (c["objective"], c["severity"], c["detection_s"]) for c in found["cases"]
    ] == [
        ("availability", "page", 51.84),
        ("availability", "ticket", 259.2),
        ("speed", "page", 3_720),
    ]
    # 3,720 s of 28 d x 5 %.
    assert found["cases"][2]["budget_spent_ratio"] == pytest.approx(3_720 / 120_960)


def test_a_target_given_replaces_the_declared_one(
    here: Path, capsys: pytest.CaptureFixture[str]
):
    (here / "todo.yaml").write_text(DECLARED)

    found = document(capsys, "todo.yaml", "--target", "99%", "--window", "7d")

    assert [(p["target"], p["window_s"]) for p in found["policies"]] == [
        (0.99, 604_800)
    ] * 2


def test_the_interval_is_the_jobs_unless_given(
    here: Path, capsys: pytest.CaptureFixture[str]
):
    (here / "todo.yaml").write_text(DECLARED)
    (here / "kizashi.yaml").write_text(
        "declarations: [todo.yaml]\n"
        "scrape_configs:\n"
        "  - job_name: todo\n"
        "    scrape_interval: 1m\n"
        "    static_configs: [{targets: ['127.0.0.1:1']}]\n"
    )

    configured = document(capsys, "kizashi.yaml")["policies"]
    given = document(capsys, "kizashi.yaml", "--interval", "30s")["policies"]
    (here / "kizashi.yaml").rename(here / "prod.yaml")
    renamed = document(capsys, "prod.yaml")["policies"]

    assert [p["interval_s"] for p in configured] == [60, 60]
    assert [p["interval_s"] for p in given] == [30, 30]
    assert renamed == configured


def test_problems_of_a_file_are_told_with_their_place(
    here: Path, capsys: pytest.CaptureFixture[str]
):
    (here / "todo.yaml").write_text(DECLARED.replace("factor: 5", "factor: 20"))
    (here / "mine.yaml").write_text(POLICY.replace("severity: page", "severity: pager"))

    dead = policy(capsys, "todo.yaml")
    misspelt = policy(capsys, "mine.yaml", "--target", "99%")

    assert dead[:2] == misspelt[:2] == (1, "")
    what, fix = dead[2].splitlines()
    assert what.startswith("todo.yaml:17:44: error: the factor 20 can never be")
    assert fix == "    fix: Use a factor below 20."
    assert "mine.yaml:3:51: error:" in misspelt[2]


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("tokens", "told"),
    [
        ([], "Name a preset (google-30d, 2h-6h-24h) or a file."),
        ([], "\n  google-30d: The default, after the SRE Workbook:"),
        ([], "\n  2h-6h-24h: The same factors, with two hours"),
        (["gogle"], "gogle is no preset (google-30d, 2h-6h-24h) and no file."),
        (["google-30d"], "google-30d says nothing of a target."),
        (["google-30d", "--target", "100%"], "a target of 100% leaves no error budget"),
        (["google-30d", "--target", "99%", "--window", "1x"], "expected a duration"),
        (["google-30d", "--target", "99%", "--error-ratio", "2"], "not 2."),
        (["google-30d", "--target", "99%", "--error-ratio", "0"], "not 0."),
        (
            ["google-30d", "--target", "99%", "--interval", "6m"],
            "Scrape at least every 4m59s",
        ),
        (["google-30d", "--target", "99%", "--interval", "5m"], "5m apart is late"),
        (["google-30d", "--target", "99%", "--interval", "0s"], "at least 1s"),
        (["google-30d", "--target", "99%", "--rate", "nan"], "not nan."),
        (["google-30d", "--target", "99%", "--rate", "1e999999"], "not 1e999999."),
    ],
)
def test_arguments_that_make_no_sense_end_with_two(
    capsys: pytest.CaptureFixture[str], tokens: list[str], told: str
):
    code, out, err = policy(capsys, *tokens)

    assert (code, out) == (2, "")
    assert told in err


def test_a_file_without_objectives_has_nothing_to_tell(
    here: Path, capsys: pytest.CaptureFixture[str]
):
    (here / "a.yaml").write_text(DECLARED.partition("  objectives:")[0])

    assert policy(capsys, "a.yaml") == (2, "", "a.yaml declares no objective.\n")


def test_columns_line_up_in_both_languages(capsys: pytest.CaptureFixture[str]):
    given = ["google-30d", "--target", "99.9%", "--error-ratio", "100%"]

    policy_en = policy(capsys, *given, "--language", "en")[1]
    policy_ja = policy(capsys, *given, "--language", "ja")[1]

    assert policy_en == (
        "google-30d: target 99.9%, window 30d, scraped every 15s, slices of 15s\n"
        "\n"
        "SEVERITY  LONG  SHORT  FACTOR  ERRORS ABOVE\n"
        "page        1h     5m    14.4         1.44%\n"
        "page        6h    30m       6          0.6%\n"
        "ticket      1d     2h       3          0.3%\n"
        "ticket      3d     6h       1          0.1%\n"
        "\n"
        "ERRORS  BURN  SEVERITY  DETECTED  AT 15s  SPENT  AT 15s        OVER"
        "      AT 15s  AFTER LONG      AT 15s\n"
        "  100%  1000  page        51.84s      1m     2%   2.31%    4m 55.7s"
        "          5m   29m 49.2s         30m\n"
        "  100%  1000  ticket    4m 19.2s  4m 30s    10%   10.4%  5h 59m 38s"
        "  5h 59m 45s  5h 59m 38s  5h 59m 45s\n"
        "\n"
        "Silent for ever (page): errors up to 0.6%, a burn rate of 6.\n"
        "Silent for ever (ticket): errors up to 0.1%, a burn rate of 1.\n"
        "Nobody is ever told of errors up to 0.1%, a burn rate of 1.\n"
        "minBadEvents (3) is left out: it takes the traffic, --rate.\n"
    )
    assert (
        "重大度  長い方  短い方  係数  しきい値\npage        1h      5m  14.4"
        in policy_ja
    )


def test_several_policies_stand_one_below_the_other(
    capsys: pytest.CaptureFixture[str],
):
    _, out, _ = policy(capsys, "google-30d", "2h-6h-24h", "--target", "99.9%")

    assert out.startswith("google-30d: ")
    assert "\n\n2h-6h-24h: " in out


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        ("0", "0s"),
        ("51.84", "51.84s"),
        ("60", "1m"),
        ("119.96", "2m"),
        ("518.4", "8m 38.4s"),
        ("3599.99", "1h"),
        ("12831.683", "3h 33m 52s"),
        ("86399.9", "1d"),
        ("129600", "1d 12h"),
    ],
)
def test_lengths_are_rounded_to_be_shown(seconds: str, shown: str):
    assert lasting(Fraction(seconds) * 1_000, "never") == shown
    assert lasting(None, "never") == "never"
