"""What people do with a to-do list, in believable shares, from a seeded generator.

Each person writes in one language. People who signed in come with a token; a guest
fetches one, works with a list of their own for a while, and leaves; then the next
guest comes. Where there is a front door people load its page now and then, with what
belongs to it.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

# Out of a hundred requests. Reading is most of it; one in a hundred is a slip.
SHARES = {
    "list": 46,
    "read": 16,
    "create": 14,
    "edit": 8,
    "complete": 9,
    "delete": 5,
    "invalid": 1,
    "missing": 1,
}
# Past this many known tasks people tidy up instead of adding more.
CROWDED = 200
#: A guest may hold twenty.
GUEST_CROWDED = 12
#: Requests of one guest's visit, the first of them for a token.
VISIT = 60
_OK = 200
_UNAUTHORIZED = 401
_NOT_FOUND = 404
_CHANGES = {"create", "say", "edit", "complete"}
_NEEDS_A_TASK = {"read", "edit", "complete", "delete"}
_PRIORITIES = ("low", "normal", "high")
#: What people with the whole back end do besides: they say it in a sentence.
SAY_SHARE = 8
#: What people do besides who come in by a front door: they load its page.
PAGE_SHARE = 6
_ASSET = re.compile(rb"""(?:src|href)="(/[^"]+\.(?:js|css|svg))\"""")
#: Of one page; a page that names more is no page of ours.
_MOST_ASSETS = 8


@dataclass(frozen=True, slots=True)
class Tongue:
    """What somebody writes, in their language and time zone."""

    language: str
    timezone: str
    titles: Sequence[str]
    sentences: Sequence[str]


ENGLISH = Tongue(
    "en",
    "Europe/London",
    (
        "Buy milk",
        "Call the dentist",
        "Book a train to Sendai",
        "Send the invoice",
    ),
    (
        "call Bob next Friday at 5pm",
        "Buy milk tomorrow",
        "Urgent: send the report to Alice by noon",
        "Dentist on December 24 at 10:30",
    ),
)
JAPANESE = Tongue(
    "ja",
    "Asia/Tokyo",
    ("牛乳を買う", "歯医者に電話する", "仙台行きの切符を取る", "請求書を送る"),
    (
        "来週の金曜日の午後3時に歯医者",
        "明日の朝9時に田中さんと打ち合わせ",
        "月末までに家賃を振り込む",
        "再来週の水曜に京都へ出張",
    ),
)


@dataclass(frozen=True, slots=True)
class Step:
    """One request to send."""

    action: str
    method: str
    path: str
    body: dict[str, object] | None = None
    task_id: int = 0

    @property
    def is_page(self) -> bool:
        """Whether it is for the front door itself, and not for the API behind it."""
        return self.action in {"page", "asset"}


@dataclass
class People:
    """Decides the next request from what earlier answers taught.

    Attributes:
        seed: Decides what they do.
        open_tasks: Version of each task known and not done, by id.
        done_tasks: Ids of tasks known and done.
        says_sentences: Whether some tasks are said in a sentence.
        tongue: What they write.
        token: Their access token; empty where none is needed or there is none yet.
        is_guest: Whether they fetch their token, and leave after a while.
        loads_pages: Whether they load pages, and come to one first.
    """

    seed: int
    open_tasks: dict[int, int] = field(default_factory=dict)
    done_tasks: list[int] = field(default_factory=list)
    says_sentences: bool = False
    tongue: Tongue = ENGLISH
    token: str = ""
    is_guest: bool = False
    loads_pages: bool = False

    def __post_init__(self) -> None:
        """Seed the generator."""
        self._generator = np.random.default_rng(self.seed)
        shares = SHARES | ({"say": SAY_SHARE} if self.says_sentences else {})
        shares |= {"page": PAGE_SHARE} if self.loads_pages else {}
        self._actions = list(shares)
        total = sum(shares.values())
        self._chances = [share / total for share in shares.values()]
        self._is_arriving = False
        self._left = VISIT
        # They come to a page first.
        self._to_load = ["/"] if self.loads_pages else []

    @property
    def headers(self) -> dict[str, str]:
        """What goes with each of their requests."""
        headers = {"Accept-Language": self.tongue.language}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        return headers

    def next_step(self) -> Step:
        """Return the next request; a task in use is taken so that no two collide."""
        if self._to_load:
            path = self._to_load.pop()
            return Step("page" if path == "/" else "asset", "GET", path)
        if self.is_guest:
            arriving = self._arrive()
            if arriving is not None:
                return arriving
        action = str(self._generator.choice(self._actions, p=self._chances))
        known = len(self.open_tasks) + len(self.done_tasks)
        crowded = GUEST_CROWDED if self.is_guest else CROWDED
        if action in {"create", "say"} and known >= crowded:
            action = "delete"
        if action in _NEEDS_A_TASK and not self.open_tasks:
            # Deleting goes on while only done tasks are left; else start with one.
            action = "delete" if action == "delete" and known else "create"
        steps: dict[str, Callable[[], Step]] = {
            "list": self._list,
            "read": self._read,
            "create": self._create,
            "edit": self._edit,
            "complete": self._complete,
            "delete": self._delete,
            "say": self._say,
            "invalid": lambda: Step("invalid", "POST", "/tasks", {"title": " "}),
            "missing": lambda: Step("missing", "GET", f"/tasks/{2**40}"),
            "page": lambda: Step("page", "GET", "/"),
        }
        return steps[action]()

    def learn(self, step: Step, status: int, body: bytes) -> None:
        """Remember what an answer says about a task."""
        if step.action == "arrive":
            self._is_arriving = False
            self.token = json.loads(body)["token"] if status == 201 else ""  # noqa: PLR2004
            return
        if step.action == "page":
            found = dict.fromkeys(_ASSET.findall(body)) if status == _OK else {}
            self._to_load = [path.decode() for path in found][:_MOST_ASSETS]
            return
        if status == _UNAUTHORIZED and self.is_guest:
            # The service knows its guests no more: it was started anew.
            self._leave()
        if status == _NOT_FOUND:
            # The service forgot everything: it is in memory and was started anew.
            self.open_tasks.pop(step.task_id, None)
        if status not in {200, 201} or step.action not in _CHANGES:
            return
        task = json.loads(body)
        if step.action == "complete":
            self.done_tasks.append(task["id"])
        else:
            self.open_tasks[task["id"]] = task["version"]

    def lose(self, step: Step) -> None:
        """Remember that a request got no answer."""
        if step.action == "arrive":
            self._is_arriving = False

    def _arrive(self) -> Step | None:
        """Return what a guest does before they have a list; None once they have."""
        if self._left <= 0:
            self._leave()
        self._left -= 1
        if self.token:
            return None
        if self._is_arriving:
            return Step("look", "GET", "/config.json")
        self._is_arriving = True
        return Step("arrive", "POST", "/guest")

    def _leave(self) -> None:
        self.token, self._left = "", VISIT
        self.open_tasks.clear()
        self.done_tasks.clear()
        self._to_load = ["/"] if self.loads_pages else []

    def _list(self) -> Step:
        status = ("open", "done", "all")[int(self._generator.integers(3))]
        return Step("list", "GET", f"/tasks?status={status}&limit=20")

    def _read(self) -> Step:
        task_id = self._pick()
        return Step("read", "GET", f"/tasks/{task_id}", task_id=task_id)

    def _create(self) -> Step:
        return Step("create", "POST", "/tasks", self._text())

    def _say(self) -> Step:
        sentences = self.tongue.sentences
        sentence = sentences[int(self._generator.integers(len(sentences)))]
        body: dict[str, object] = {
            "text": sentence,
            "timezone": self.tongue.timezone,
        }
        return Step("say", "POST", "/tasks/from-text", body)

    def _edit(self) -> Step:
        task_id = self._pick()
        body = {**self._text(), "version": self.open_tasks.pop(task_id)}
        return Step("edit", "PUT", f"/tasks/{task_id}", body, task_id)

    def _complete(self) -> Step:
        task_id = self._pick()
        del self.open_tasks[task_id]
        return Step("complete", "POST", f"/tasks/{task_id}/complete", task_id=task_id)

    def _delete(self) -> Step:
        task_id = self.done_tasks.pop(0) if self.done_tasks else self._pick()
        self.open_tasks.pop(task_id, None)
        return Step("delete", "DELETE", f"/tasks/{task_id}", task_id=task_id)

    def _pick(self) -> int:
        return list(self.open_tasks)[
            int(self._generator.integers(len(self.open_tasks)))
        ]

    def _text(self) -> dict[str, object]:
        titles = self.tongue.titles
        title = titles[int(self._generator.integers(len(titles)))]
        return {"title": title, "priority": _PRIORITIES[len(title) % 3]}


def crowd_of(
    seed: int, tokens: Sequence[str], guests: int, *, loads_pages: bool = False
) -> list[People]:
    """Return who comes: a person for each token and so many guests, or one person.

    Every second person, and every second guest, writes Japanese.
    """
    tongues = (ENGLISH, JAPANESE)
    signed_in = [
        People(
            seed + n,
            says_sentences=True,
            tongue=tongues[n % 2],
            token=token,
            loads_pages=loads_pages,
        )
        for n, token in enumerate(tokens)
    ]
    unknown = [
        People(
            seed + len(tokens) + n,
            says_sentences=True,
            tongue=tongues[n % 2],
            is_guest=True,
            loads_pages=loads_pages,
        )
        for n in range(guests)
    ]
    return [*signed_in, *unknown] or [People(seed, loads_pages=loads_pages)]
