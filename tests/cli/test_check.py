"""`kizashi check`, as a person, a program and a CI job meet it."""

import json
from pathlib import Path

import pytest

from kizashi.cli import run

ROOT = Path(__file__).parents[2]
GOOD = """\
apiVersion: kizashi.dev/v1
kind: Service
metadata: {name: todo}
spec:
  job: todo
  objectives:
    - name: up
      target: 99%
      window: 30d
      ratio: {bad: bad_total, valid: all_total}
"""
BAD = GOOD.replace("99%", "100%")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(capsys: pytest.CaptureFixture[str], *tokens: str) -> tuple[int, str, str]:
    code = run(["check", *tokens])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_sound_files_end_with_zero(here: Path, capsys: pytest.CaptureFixture[str]):
    (here / "a.yaml").write_text(GOOD)

    assert check(capsys, "a.yaml") == (
        0,
        "Files read: 1. Errors: 0. Warnings: 0.\n",
        "",
    )


@pytest.mark.parametrize("text", ["", "\n \n", "\ufeff"])
def test_a_file_without_any_content_is_refused(
    here: Path, capsys: pytest.CaptureFixture[str], text: str
):
    (here / "a.yaml").write_text(text)

    code, out, _ = check(capsys, "a.yaml")

    assert code == 1
    assert out.startswith(
        "a.yaml:1:1: error: the file is empty, and declarations were expected\n"
    )
    assert "    fix: Restore its content, or delete the file if" in out


def test_a_file_of_comments_alone_is_warned_of(
    here: Path, capsys: pytest.CaptureFixture[str]
):
    (here / "a.yaml").write_text("# nothing today\n")

    code, out, _ = check(capsys, "a.yaml")

    assert code == 0
    assert out.startswith("a.yaml:1:1: warning: the file declares nothing\n")


NAMING_FILES = """\
declarations: [a.yaml]
scrape_configs:
  - job_name: todo
    authorization: {credentials_file: there.txt}
    tls_config:
      ca_file: folder
    static_configs:
      - targets: ["127.0.0.1:1"]
        labels: {config_file: nowhere.ini, ca_file: other}
receivers:
  - name: hook
    webhook_configs:
      - {url: "http://127.0.0.1:2/", secret_file: gone.txt}
route: {receiver: hook}
"""


def test_a_named_file_that_nobody_can_read_is_warned_of_at_its_place(
    here: Path, capsys: pytest.CaptureFixture[str]
):
    (here / "etc" / "folder").mkdir(parents=True)
    (here / "etc" / "there.txt").write_text("token")
    (here / "etc" / "a.yaml").write_text(GOOD)
    (here / "etc" / "kizashi.yaml").write_text(NAMING_FILES)

    code, out, _ = check(capsys, "etc/kizashi.yaml")

    assert [line for line in out.splitlines() if "warning" in line] == [
        "etc/kizashi.yaml:6:16: warning: ca_file names etc/folder, which cannot be read: Is a directory",
        "etc/kizashi.yaml:13:51: warning: secret_file names etc/gone.txt, which cannot be read: No such file or directory",
    ]
    assert (code, out.splitlines()[-1]) == (
        0,
        "Files read: 2. Errors: 0. Warnings: 2.",
    )


def test_a_problem_shows_place_line_caret_and_fix(
    here: Path, capsys: pytest.CaptureFixture[str]
):
    (here / "a.yaml").write_text(BAD)

    code, out, err = check(capsys, "a.yaml")

    assert (code, err) == (1, "")
    assert out == (
        "a.yaml:8:15: error: a target of 100% leaves no error budget: the first error"
        " would burn it infinitely fast\n"
        "          target: 100%\n"
        "                  ^\n"
        "    fix: Promise less, such as 99.99%.\n"
        "Files read: 1. Errors: 1. Warnings: 0.\n"
    )


def test_a_warning_alone_ends_with_zero(here: Path, capsys: pytest.CaptureFixture[str]):
    (here / "a.yaml").write_text(GOOD.replace("99%", "90%"))

    code, out, _ = check(capsys, "a.yaml")

    assert code == 0
    assert "a.yaml:7:7: warning: the pair with factor 14.4" in out
    assert out.endswith("Errors: 0. Warnings: 1.\n")


def test_a_configuration_by_another_name_is_told_what_to_do(
    here: Path, capsys: pytest.CaptureFixture[str]
):
    (here / "prod.yaml").write_text("declarations: [a.yaml]\nlanguage: ja\n")
    (here / "a.yaml").write_text(GOOD)

    code, out, _ = check(capsys, "prod.yaml")

    assert code == 1
    assert "prod.yaml:1:1: error: declarations belongs to a configuration" in out
    assert "Rename the file to kizashi.yaml, or name it with --config instead" in out
    # What it advises works.
    assert check(capsys, "--config", "prod.yaml")[0] == 0
    (here / "prod.yaml").rename(here / "kizashi.yaml")
    assert check(capsys, "kizashi.yaml")[0] == 0


def test_figures_that_will_be_impossible_are_warned_of(
    here: Path, capsys: pytest.CaptureFixture[str]
):
    (here / "kizashi.yaml").write_text(
        "declarations: [a.yaml]\nstorage: {retention: 7d}\n"
    )
    (here / "a.yaml").write_text(
        GOOD + "    - name: gauge\n      target: 99%\n      window: 7d\n"
        "      ratio: {bad: bad_total, valid: up}\n"
    )

    code, out, _ = check(capsys, "kizashi.yaml")

    assert code == 0
    assert "a.yaml:7:13: warning: samples are kept for 1w, less than the" in out
    assert "a.yaml:11:13: warning: the scraper itself writes up, a gauge" in out


def test_json_is_one_document_with_a_sum(
    here: Path, capsys: pytest.CaptureFixture[str]
):
    (here / "a.yaml").write_text(BAD)

    code, out, _ = check(capsys, "a.yaml", "--format", "json", "--language", "ja")

    assert code == 1
    assert json.loads(out) == {
        "problems": [
            {
                "file": "a.yaml",
                "line": 8,
                "col": 15,
                "severity": "error",
                "code": "objective.target-whole",
                "message": "目標値 100% ではエラーバジェットが残らず、最初のエラーで"
                "バーンレートが無限大になります",
                "fix": "99.99% のように、それより低い値を約束してください。",
                "params": {"given": "100%"},
            }
        ],
        "files": 1,
        "errors": 1,
        "warnings": 0,
        "notes": 0,
    }


def test_github_annotations_are_escaped(here: Path, capsys: pytest.CaptureFixture[str]):
    (here / "a,b.yaml").write_text(BAD)

    code, out, _ = check(capsys, "a,b.yaml", "--format", "github")

    assert code == 1
    assert out.startswith(
        "::error file=a%2Cb.yaml,line=8,col=15,title=objective.target-whole::a target"
        " of 100%25 leaves no error budget"
    )


def test_a_line_that_may_hold_a_secret_is_not_repeated(
    here: Path, capsys: pytest.CaptureFixture[str]
):
    (here / "kizashi.yaml").write_text(
        "scrape_configs:\n"
        "- {job_name: a, sheme: http, basic_auth: {username: u, password: hunter2}}\n"
    )

    for output in ("text", "json", "github"):
        code, out, err = check(capsys, "kizashi.yaml", "--format", output)
        assert code == 1
        assert "sheme" in out
        assert "hunter2" not in out + err


def test_a_caret_stands_below_wide_characters(
    here: Path, capsys: pytest.CaptureFixture[str]
):
    (here / "a.yaml").write_text(
        GOOD.replace("{name: todo}", "{displayName: 兆し, nam: x}"), encoding="utf-8"
    )

    lines = check(capsys, "a.yaml")[1].splitlines()

    line = lines.index("    metadata: {displayName: 兆し, nam: x}")
    # "metadata: {" is 11 columns; "displayName: 兆し, " is 13 + 4 + 2.
    assert lines[line + 1] == " " * (4 + 11 + 19) + "^"


def test_a_long_line_is_cut_around_the_place(
    here: Path, capsys: pytest.CaptureFixture[str]
):
    long = "a" * 300
    (here / "a.yaml").write_text(f"{{x{long}: 1, apiVersion: nine}}\n")

    _, out, _ = check(capsys, "a.yaml")

    assert max(map(len, out.splitlines()[1:3])) <= 4 + 100
    excerpt, caret = out.splitlines()[1:3]
    assert excerpt[caret.index("^") :].startswith("nine")


def test_of_a_line_of_many_thousand_characters_only_the_place_is_told(
    here: Path, capsys: pytest.CaptureFixture[str]
):
    (here / "a.yaml").write_text(f"{{x: {'x' * 9_000}, apiVersion: nine}}\n")

    code, out, _ = check(capsys, "a.yaml")

    assert code == 1
    assert out.startswith("a.yaml:1:9019: ")
    assert "x" * 20 not in out


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_broken_example_reads_as_recorded(
    language: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    """To record anew: `kizashi check examples/broken > examples/broken/expected.…`."""
    monkeypatch.chdir(ROOT)
    recorded = ROOT / "examples" / "broken" / f"expected.{language}.txt"

    code, out, _ = check(capsys, "examples/broken", "--language", language)

    assert code == 1
    assert out == recorded.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("tokens", "said"),
    [
        ([], "Nothing to check"),
        (["nosuch.yaml"], "There is no such file or folder: nosuch.yaml."),
        (["--config", "nosuch.yaml"], "There is no such file or folder"),
        (["--colour"], "There is no option --colour."),
        (["--format", "xml", "a"], "--format does not take xml."),
        (["--config"], "--config"),
    ],
)
def test_arguments_that_make_no_sense_end_with_two(
    here: Path, capsys: pytest.CaptureFixture[str], tokens: list[str], said: str
):
    code, out, err = check(capsys, *tokens)

    assert code == 2
    assert out == ""
    assert said in err
    assert here.exists()


def test_help_is_in_the_readers_language(capsys: pytest.CaptureFixture[str]):
    english = check(capsys, "--help")[1]
    japanese = check(capsys, "--help", "--language", "ja")[1]

    assert "Usage: kizashi check PATH…" in english
    assert "Show this help and end." not in japanese
    assert "使い方: kizashi check パス…" in japanese
    for option in ("--config", "--format", "--language"):
        assert option in english
        assert option in japanese


def test_notes_are_told_apart_and_strictness_makes_errors_of_what_is_forgiven(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    slo = (ROOT / "examples" / "openslo" / "latency.yaml").read_text("utf-8")
    lenient = slo.replace("Occurrences", "occurrences")
    (tmp_path / "slo.yaml").write_text(lenient, encoding="utf-8")
    (tmp_path / "services.yaml").write_text(
        (ROOT / "examples" / "openslo" / "services.yaml").read_text("utf-8"), "utf-8"
    )

    forgiven = check(capsys, str(tmp_path), "--language", "en")
    refused = check(capsys, str(tmp_path), "--strict", "--language", "en")
    annotated = check(capsys, str(tmp_path), "--format", "github", "--language", "en")

    assert (forgiven[0], refused[0]) == (0, 1)
    assert forgiven[1].splitlines()[-1] == (
        "Files read: 2. Errors: 0. Warnings: 2. Notes: 2."
    )
    assert refused[1].splitlines()[-1] == (
        "Files read: 2. Errors: 2. Warnings: 0. Notes: 2."
    )
    assert "slo.yaml:27:20: warning: spec.budgetingMethod is occurrences" in forgiven[1]
    # A note has nothing to mend.
    assert "    Add alertPolicies to choose for yourself.\n" in forgiven[1]
    assert "::notice file=" in annotated[1]


@pytest.mark.parametrize(
    ("interval", "told"),
    [
        ("10m", "scrapes 10m apart are too far apart: what grows between samples"),
        ("90s", "scrapes 1m30s apart are too far apart for the policy's window of 2m:"),
    ],
)
def test_an_interval_too_long_for_what_is_declared_is_refused_alike_by_every_command(
    interval: str, told: str, here: Path, capsys: pytest.CaptureFixture[str]
):
    (here / "kizashi.yaml").write_text(
        f"global: {{scrape_interval: {interval}}}\n"
        "declarations: [a.yaml]\n"
        "scrape_configs:\n"
        '  - {job_name: todo, static_configs: [{targets: ["127.0.0.1:9"]}]}\n'
    )
    (here / "a.yaml").write_text(GOOD.replace("window: 30d", "window: 1d"))
    config = ["--config", "kizashi.yaml"]
    commands = [
        ["check", "kizashi.yaml"],
        ["compile", "--to", "prometheus", "--out", "out", *config],
        ["serve", "--listen", "127.0.0.1:0", "--data", "data", *config],
        ["policy", "google-30d", "--target", "99%", "--window", "1d"],
    ]
    commands[3] += ["--interval", interval]

    for command in commands:
        code = run(command)
        said = capsys.readouterr()

        assert code == (2 if command[0] == "policy" else 1)
        assert told in said.out + said.err
