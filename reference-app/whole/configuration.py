"""Kizashi's configuration for one run: the declared one with this run's places."""

import json
from pathlib import Path

from whole.plan import HERE, HOST, Plan

#: An exercise's policy: short enough to watch.
QUICK = "policies: [{long: 20s, short: 5s, factor: 14.4, severity: page}]"


def write_configuration(plan: Plan) -> Path:
    """Write the configuration and return where it is."""
    folder = HERE / "kizashi" / "system"
    text = (folder / "kizashi.yaml").read_text(encoding="utf-8")
    changes = [
        ("[services.yaml]", f"[{_declarations(plan)}]"),
        ("[ingress.json]", f"[{_ingress(plan)}]"),
        ("[clients.json]", f"[{_targets(plan, 'clients')}]"),
        ("scrape_interval: 15s", "scrape_interval: 1s"),
        ("scrape_timeout: 10s", "scrape_timeout: 1s\nledger: {slice: 1s}"),
        ("127.0.0.1:8080", f"{HOST}:{plan.ports['api']}"),
        ("127.0.0.1:8081", f"{HOST}:{plan.ports['ai']}"),
        ("group_wait: 30s", "group_wait: 1s"),
        ("group_interval: 5m", "group_interval: 2s"),
    ]
    if plan.hook is not None:
        hook = f'webhook_configs: [{{url: "{plan.hook}"}}]'
        changes.append(("log_configs: [{}]", hook))
    for old, new in changes:
        if old not in text:
            raise ValueError(f"{folder / 'kizashi.yaml'} no longer has {old!r}")
        text = text.replace(old, new)
    path = plan.folder / "kizashi.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def _declarations(plan: Plan) -> Path:
    """Return the promises; an exercise's have a policy short enough to watch."""
    declared = HERE / "kizashi" / "system" / "services.yaml"
    if not plan.is_exercise:
        return declared
    text = declared.read_text(encoding="utf-8")
    path = plan.folder / "services.yaml"
    path.write_text(text.replace("preset: 2h-6h-24h", QUICK), encoding="utf-8")
    return path


def _ingress(plan: Plan) -> Path:
    """Return the front door's targets; there are none where it does not run."""
    if "edge-exporter" in plan.parts:
        return _targets(plan, "edge-exporter")
    return HERE / "kizashi" / "system" / "ingress.json"


def _targets(plan: Plan, port: str) -> Path:
    """Return a file that names what listens on a port as a target."""
    path = plan.folder / f"{port}.json"
    path.write_text(json.dumps([{"targets": [f"{HOST}:{plan.ports[port]}"]}]))
    return path
