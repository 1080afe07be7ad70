"""All benches, or those named: `python -m bench [NAME ...] [--quick]`."""

import argparse
import sys

from bench import (
    accuracy,
    ai_service,
    alerting,
    compiled,
    edge_log,
    frontend,
    handbook,
    ledger,
    linting,
    parser,
    past,
    rules_peer,
    storage,
    targets,
    todo_api,
    ui,
)

_QUICK = ["--quick"]
#: Module, what it is given with --quick, and what it measures.
BENCHES = {
    "parser": (parser, ["--series", "5000"], "scrape bodies beside prometheus_client"),
    "storage": (storage, ["append", "seal"], "the sample store beside Prometheus' own"),
    "ledger": (ledger, _QUICK, "10,000 objectives from one target"),
    "rules": (rules_peer, _QUICK, "1,000 objectives beside Sloth-style rules"),
    "compiled": (compiled, _QUICK, "compiled rules beside Sloth's, the compiler alone"),
    "accuracy": (accuracy, ["--story", "outage"], "the same traffic counted five ways"),
    "alerting": (alerting, _QUICK, "10,000 objectives' alerts, 5,000 notifications"),
    "lint": (linting, _QUICK, "2,000 rules, 200 dashboards, beside promtool"),
    "targets": (targets, _QUICK, "1,000 targets at 15 s"),
    "handbook": (handbook, [], "each page of the handbook, and its search"),
    "past": (past, ["--days", "5"], "the demo's simulated month, loaded"),
    "api": (todo_api, ["--seconds", "5"], "the to-do API at 200 requests a second"),
    "frontend": (frontend, ["--loads", "5"], "the to-do page on a slow phone"),
    "edge": (edge_log, ["--lines", "100000"], "the front door's log as metrics"),
    "ai": (ai_service, ["--requests", "300"], "the AI service's answers on one core"),
    "ui": (ui, _QUICK, "pages, their weight, 200 open ones"),
}


def main() -> None:
    """Run what is asked for, one after another."""
    menu = "\n".join(f"  {name:8} {told}" for name, (_, _, told) in BENCHES.items())
    options = argparse.ArgumentParser(
        prog="bench",
        description=f"{__doc__}\n\n{menu}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_argument("names", nargs="*", metavar="NAME", help="all when left out")
    options.add_argument("--quick", action="store_true", help="minutes, not an hour")
    asked = options.parse_args()
    unknown = set(asked.names) - BENCHES.keys()
    if unknown:
        options.error(f"no bench is called {', '.join(sorted(unknown))}")
    for name in asked.names or BENCHES:
        module, quick, _ = BENCHES[name]
        # Each bench reads its own command line.
        sys.argv = [f"bench.{name}", *(quick if asked.quick else [])]
        module.main()


if __name__ == "__main__":
    main()
