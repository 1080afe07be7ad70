"""Fifty strings that would like to run, in everything that others may write."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from ui_house import SCRAPES, House, named, running
from visiting import Visit, visiting

from kizashi.model.labels import Labels
from kizashi.model.matchers import LabelMatcher, MatchOp, Selector
from kizashi.model.windows import RollingWindow
from kizashi.ports.tokens import Role
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.objective import (
    Dependency,
    LocalText,
    ObjectiveSpec,
    RunbookRef,
    ServiceSpec,
)

pytestmark = pytest.mark.peer("chromium")

#: Each would set `window.pwned`, or show 4011 where a template was evaluated.
PAYLOADS = (
    "<script>window.pwned=1</script>",
    "<ScRiPt>window.pwned=1</sCrIpT>",
    "</title><script>window.pwned=1</script>",
    "</script><script>window.pwned=1</script>",
    "</style><script>window.pwned=1</script>",
    "</textarea><script>window.pwned=1</script>",
    "<!--><script>window.pwned=1</script-->",
    "<script src=data:text/javascript,window.pwned=1></script>",
    "<script/src='//127.0.0.1/x.js'></script>",
    "<img src=x onerror=window.pwned=1>",
    "<img src=x onerror='window.pwned=1'//",
    '"><img src=x onerror=window.pwned=1>',
    "'><img src=x onerror=window.pwned=1>",
    '" onmouseover="window.pwned=1" x="',
    "' onfocus='window.pwned=1' autofocus='",
    '" autofocus onfocus=window.pwned=1 x="',
    "<svg onload=window.pwned=1>",
    "<svg><script>window.pwned=1</script></svg>",
    "<svg><animate onbegin=window.pwned=1 attributeName=x dur=1s>",
    "<body onload=window.pwned=1>",
    "<details open ontoggle=window.pwned=1>",
    "<video><source onerror=window.pwned=1>",
    "<iframe srcdoc='<script>parent.pwned=1</script>'>",
    "<iframe src=javascript:parent.pwned=1>",
    "<a href=javascript:window.pwned=1>x</a>",
    "javascript:window.pwned=1",
    "<object data=javascript:window.pwned=1>",
    "<form action=javascript:window.pwned=1><button>x",
    "<meta http-equiv=refresh content='0;url=javascript:window.pwned=1'>",
    "<base href=//127.0.0.1/>",
    "<link rel=stylesheet href=//127.0.0.1/x.css>",
    "<style>@import '//127.0.0.1/x.css'</style>",
    "<math><mtext><script>window.pwned=1</script></mtext></math>",
    "<template><script>window.pwned=1</script></template>",
    "<hx-partial hx-target='body'><script>window.pwned=1</script></hx-partial>",
    "<div hx-get=/static hx-trigger=load hx-on:load='window.pwned=1'>",
    "<div hx-on::after:init='window.pwned=1'>",
    "\u2028window.pwned=1//",
    "\x00<script>window.pwned=1</script>",
    "&lt;script&gt;window.pwned=1&lt;/script&gt;",
    "\\u003cscript\\u003ewindow.pwned=1\\u003c/script\\u003e",
    "%3Cscript%3Ewindow.pwned=1%3C/script%3E",
    "'-window.pwned=1-'",
    "</script>'-window.pwned=1-'",
    "{{ 1337 * 3 }}",
    "{% if true %}{{ 1337*3 }}{% endif %}",
    "${1337*3}",
    "#{1337*3} <%= 1337*3 %>",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "\ndata: <script>window.pwned=1</script>\n\n",
)


def test_there_are_fifty_of_them():
    assert len(set(PAYLOADS)) == 50


def counter(name: str, text: str) -> Selector:
    return Selector(
        (
            LabelMatcher("__name__", MatchOp.EQUAL, name),
            LabelMatcher("text", MatchOp.EQUAL, text),
        )
    )


def hostile_service(number: int, text: str) -> ServiceSpec:
    ratio = RatioIndicator(
        valid=counter("http_requests_total", text), bad=counter("failed_total", text)
    )
    spec = ObjectiveSpec(
        f"s{number}", text, Decimal("0.999"), RollingWindow(86_400_000), ratio, job="hostile",
        display_name=LocalText(text, text),
    )  # fmt: skip
    return ServiceSpec(
        f"s{number}",
        LocalText(text, text),
        owner=text,
        tier=1,
        depends_on=(Dependency(text, "hard"),),
        signals_preset="prometheus-client",
        objectives=(spec,),
        runbooks=(RunbookRef(spec.name, text),),
        labels=Labels.of(team=text),
    )


@dataclass
class HostileTraffic:
    """A tenth of everything fails, and every label holds a payload."""

    ends: int = SCRAPES
    counted: dict[Labels, float] = field(default_factory=dict)

    def at(self, number: int) -> dict[Labels, float]:
        for text in PAYLOADS:
            labels = {"text": text, "route": text, "status": text}
            self.counted[named("http_requests_total", **labels)] = 100.0 * number
            self.counted[named("failed_total", **labels)] = 10.0 * number
        return self.counted


@pytest.fixture(scope="module")
def hostile() -> Iterator[House]:
    services = tuple(hostile_service(n, text) for n, text in enumerate(PAYLOADS))
    traffic = {"hostile": HostileTraffic()}
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), services, traffic) as house,  # type: ignore[arg-type]
    ):
        yield house


def assert_nothing_ran(visit: Visit, dialogs: list[str]) -> None:
    assert visit.page.evaluate("window.pwned") is None
    assert dialogs == []
    assert visit.violations() == []
    assert visit.complaints == []
    text = visit.page.evaluate("document.documentElement.outerHTML")
    assert "4011" not in text
    assert "&lt;class" not in text


def test_nothing_of_it_runs_and_all_of_it_shows(hostile: House, browser: Browser):
    alerts = hostile.run(hostile.services.api.alerts.alerts())
    assert len(alerts) >= len(PAYLOADS)
    hostile.run(hostile.services.api.alerts.acknowledge(alerts[0].id, PAYLOADS[0]))
    paths = [
        "/",
        "/alerts",
        f"/alerts/{alerts[0].id}",
        "/?q=%3Cscript%3Ewindow.pwned=1",
    ]
    paths += ["/services/s0", "/services/s34", "/services/s49"]
    with visiting(browser, hostile, role=Role.OPERATOR) as visit:
        dialogs: list[str] = []
        visit.page.on("dialog", lambda d: (dialogs.append(d.message), d.dismiss()))
        for path in paths:
            visit.go(path)
            visit.page.wait_for_selector("[data-live=on]")
            visit.page.mouse.move(200, 300)
            assert_nothing_ran(visit, dialogs)
        visit.go("/")
        shown = visit.page.locator("article.service h2").all_text_contents()
        assert sorted(" ".join(t.split()) for t in shown) == sorted(
            " ".join(p.replace("\x00", "").split()) for p in PAYLOADS
        )


def test_the_page_of_each_objective_shows_its_name_and_runs_nothing(
    hostile: House, browser: Browser
):
    with visiting(browser, hostile) as visit:
        dialogs: list[str] = []
        visit.page.on("dialog", lambda d: (dialogs.append(d.message), d.dismiss()))
        visit.go("/")
        links = visit.page.evaluate(
            "[...document.querySelectorAll('article.service tbody a')].map(a => a.getAttribute('href'))"
        )
        assert len(links) == len(PAYLOADS)
        for link in links[::10]:
            assert visit.go(link) == 200
            visit.page.wait_for_selector("[data-live=on]")
            assert_nothing_ran(visit, dialogs)
