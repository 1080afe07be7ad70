"""The test suite's own promises: what is left out, what is skipped, what fails."""

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]
CONFTEST = Path(__file__).with_name("conftest.py")
INI = f"""
[pytest]
pythonpath = {CONFTEST.parent}
markers =
    nightly: long
    peer(name): a program
"""


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """A small suite with one test of each sort, under our conftest."""
    pytester.makeini(INI)
    pytester.makeconftest(CONFTEST.read_text(encoding="utf-8"))
    pytester.makepyfile(
        """
        import pytest

        def test_ordinary():
            pass

        @pytest.mark.nightly
        def test_long():
            pass

        @pytest.mark.peer("no-such-program")
        def test_beside_a_peer():
            pass

        @pytest.mark.xfail(strict=True)
        def test_known_gap():
            raise ValueError
        """
    )
    return pytester


def run(suite: pytest.Pytester, *args: str) -> pytest.RunResult:
    unwanted = ("cacheprovider", "schemathesis", "xdist", "cloudcoil")
    plugins = [part for name in unwanted for part in ("-p", f"no:{name}")]
    return suite.runpytest_subprocess("-ra", *plugins, *args)


def test_a_second_python_is_not_asked_what_a_peer_says(
    suite: pytest.Pytester,
) -> None:
    result = run(suite, "--core")
    result.assert_outcomes(passed=1, xfailed=1, deselected=2)


def test_a_long_test_is_left_out_and_an_absent_peer_named_with_its_install_line(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KZ_REQUIRE", raising=False)
    result = run(suite)
    result.assert_outcomes(passed=1, skipped=1, xfailed=1, deselected=1)
    result.stdout.fnmatch_lines(
        ["SKIPPED*no-such-program not found: sudo apt-get install -y *no-such-program"]
    )


def test_what_takes_long_is_begun_first(suite: pytest.Pytester) -> None:
    folder = suite.path / "tests" / "end_to_end"
    folder.mkdir(parents=True)
    (folder / "test_waits.py").write_text("def test_waits(): pass\n", encoding="utf-8")
    result = run(suite, "--collect-only", "-q")
    tests = [line for line in result.outlines if "::" in line]
    assert tests[0] == "tests/end_to_end/test_waits.py::test_waits"
    assert tests[1].endswith("::test_ordinary")


def test_long_tests_run_when_asked_for(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KZ_REQUIRE", raising=False)
    run(suite, "--nightly").assert_outcomes(passed=2, skipped=1, xfailed=1)


def test_kz_require_turns_a_skip_into_a_failure(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KZ_REQUIRE", "all")
    result = run(suite)
    result.assert_outcomes(passed=1, errors=1, xfailed=1, deselected=1)
    result.stdout.fnmatch_lines(["*KZ_REQUIRE=all: *apt-get install*"])


def test_kz_require_turns_a_skipped_module_into_an_error(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KZ_REQUIRE", "all")
    suite.makepyfile(
        test_whole='import pytest\npytest.skip("no luck", allow_module_level=True)'
    )
    run(suite, "test_whole.py").stdout.fnmatch_lines(["*KZ_REQUIRE=all: *no luck*"])


def test_each_process_begins_with_its_share_of_what_waits(
    pytester: pytest.Pytester,
) -> None:
    pytester.makeini(INI)
    for folder, names in {"api": "abcd", "end_to_end": "xy"}.items():
        path = pytester.mkdir("tests" if folder == "api" else "tests/end_to_end")
        tests = "".join(f"def test_{name}(): pass\n" for name in names)
        path.joinpath(f"test_{folder}.py").write_text(tests, encoding="utf-8")
    pytester.makeconftest(
        CONFTEST.read_text(encoding="utf-8") + "\n\ndef pytest_configure(config):\n"
        '    settings.load_profile("default")\n'
        '    config.workerinput = {"workercount": 2}\n'
    )

    result = run(pytester, "-v", "tests")

    names = [
        line.split("::test_")[1][0] for line in result.outlines if "::test_" in line
    ]
    assert names == list("xabycd")
