"""What the demo says: id → English, Japanese."""

from collections.abc import Callable
from typing import Protocol

LANGUAGES = ("en", "ja")

TEXTS: dict[str, tuple[str, str]] = {
    "starting": (
        "Starting {parts}…",
        "起動しています: {parts}…",
    ),
    "missing": (
        "{part} does not run here: {why} The rest does.",
        "{part} はこのマシンでは動かせません。{why} ほかの部分は動きます。",
    ),
    "live": (
        "Kizashi is live at {url} after {seconds} s. The application is coming up…",
        "{seconds} 秒で Kizashi が使えるようになりました: {url} アプリケーションを起動しています…",
    ),
    "gone": (
        "{part}: gone (exit code {code}); it comes back in {seconds} s.",
        "{part} が終了しました (終了コード {code})。{seconds} 秒後に再起動します。",
    ),
    "back": (
        "{part}: back; its counters start at zero.",
        "{part} が戻りました。カウンターは 0 から始まります。",
    ),
    "loading": (
        "Loading the simulated past: {percent} %",
        "シミュレーションの履歴を読み込んでいます: {percent} %",
    ),
    "loaded": (
        "The simulated past is loaded: a month with three incidents and one bad deploy. It is marked as simulated wherever it shows; what happens from now on is real.",
        "シミュレーションの履歴を読み込みました。3 回の障害と 1 回の問題のあるデプロイを含む 1 か月分です。表示されるところには必ずシミュレーションと示します。これから起こることは実際のデータです。",
    ),
    "unloaded": (
        "The simulated past could not be loaded; the demo goes on without it. Kizashi's log says why.",
        "シミュレーションの履歴を読み込めませんでした。履歴なしでデモを続けます。理由は Kizashi のログにあります。",
    ),
    "settling": (
        "The traffic has ended; waiting for the last scrape…",
        "トラフィックが終わりました。最後のスクレイプを待っています…",
    ),
    "count": (
        "{objective}: the traffic counted {bad} bad of {valid}; the ledger holds {ledger_bad} of {ledger_valid}.",
        "{objective}: トラフィック側の計数は {valid} 件中 {bad} 件が悪いイベント、台帳では {ledger_valid} 件中 {ledger_bad} 件です。",
    ),
    "no_answer": (
        "{count} requests got no answer; whether the service counted them, the traffic cannot know.",
        "{count} 件のリクエストには応答がありませんでした。サービスが数えたかどうか、トラフィック側からは分かりません。",
    ),
    "stopping": ("Stopping…", "停止しています…"),
    "ended": (
        "The demo has ended; nothing is left running.",
        "デモを終えました。動いているものは残っていません。",
    ),
    "failed": (
        "The demo could not go on: {part} did not run. It last wrote:\n{log}",
        "デモを続けられません。{part} が動いていません。最後の出力:\n{log}",
    ),
    "port_taken": (
        "Port {wanted} of {part} is taken; using {port}.",
        "{part} のポート {wanted} は使用中のため、{port} を使います。",
    ),
    "page": (
        """\
Kizashi is watching a to-do application, once a second. All of it runs on this machine.

{places}
The promises: 99.95 % of requests succeed and 95 % are answered within 200 ms; 99.5 % of
sentences are read by the AI service; 99.9 % of pages are delivered; over 30 days.
{rate} requests a second of {people} people and {guests} guests come in, for {duration}.

See how it stands, and why:

  {status}
  {explain}

Say something, in either language:

  TOKEN=$(head -1 {tokens})
  curl -s {api}/tasks/from-text -H "Authorization: Bearer $TOKEN" \\
    -H 'Content-Type: application/json' -d '{{"text": "call Bob next Friday at 5pm", "timezone": "Asia/Tokyo"}}'
  curl -s {api}/tasks/from-text -H "Authorization: Bearer $TOKEN" \\
    -H 'Content-Type: application/json' -d '{{"text": "来週の金曜日の午後3時に歯医者", "timezone": "Asia/Tokyo"}}'

Break it on the page {kizashi}/demo, signed in with this token:

  {token}

or by hand, and see the budget burn:

  ADMIN="Authorization: Bearer $(cat {admin_token})"
  curl -X PUT {admin}/demo/faults -H "$ADMIN" -H 'Content-Type: application/json' -d '{{"error_share": 0.2}}'
  …  '{{"outage": true}}'               nothing works: a page in about a minute
  …  '{{"store_latency_ms": 300}}'      DynamoDB is slow
  …  '{{"ai_down": true}}'              sentences are kept unread: degraded, not bad
  …  '{{"certificate_expired": true}}'  clients refuse to connect
  …  '{{}}'                             all well again
  curl -X POST {admin}/demo/kill -H "$ADMIN"        the API dies, and comes back after {restart} s

Ctrl-C ends everything.""",
        """\
Kizashi が ToDo アプリケーションを 1 秒ごとに見守っています。すべてこのマシンの中で動いています。

{places}
約束は、30 日間でリクエストの 99.95 % が成功し 95 % が 200 ms 以内に応答すること、文章の 99.5 % を
AI サービスが読み取ること、ページの 99.9 % を配信することです。
利用者 {people} 人とゲスト {guests} 人のリクエストが毎秒 {rate} 件、{duration} のあいだ届きます。

いまの様子とその理由を見る:

  {status}
  {explain}

文章でタスクを作る (どちらの言語でも):

  TOKEN=$(head -1 {tokens})
  curl -s {api}/tasks/from-text -H "Authorization: Bearer $TOKEN" \\
    -H 'Content-Type: application/json' -d '{{"text": "来週の金曜日の午後3時に歯医者", "timezone": "Asia/Tokyo"}}'
  curl -s {api}/tasks/from-text -H "Authorization: Bearer $TOKEN" \\
    -H 'Content-Type: application/json' -d '{{"text": "call Bob next Friday at 5pm", "timezone": "Asia/Tokyo"}}'

{kizashi}/demo のページで障害を起こす (次のトークンでサインイン):

  {token}

または手で障害を起こして、エラーバジェットが減る様子を見る:

  ADMIN="Authorization: Bearer $(cat {admin_token})"
  curl -X PUT {admin}/demo/faults -H "$ADMIN" -H 'Content-Type: application/json' -d '{{"error_share": 0.2}}'
  …  '{{"outage": true}}'               すべて止まる。およそ 1 分で通知
  …  '{{"store_latency_ms": 300}}'      DynamoDB が遅い
  …  '{{"ai_down": true}}'              文章が読まれない (失敗ではなく縮退)
  …  '{{"certificate_expired": true}}'  クライアントが接続をやめる
  …  '{{}}'                             元に戻す
  curl -X POST {admin}/demo/kill -H "$ADMIN"        API が強制終了し、{restart} 秒後に戻る

Ctrl-C ですべて終了します。""",
    ),
    "place.kizashi": ("open this first", "まずここを開く"),
    "place.log_in": ("Log-in", "ログイン"),
    "place.who": (
        "{person}, password {password}",
        "{person} (パスワード {password})",
    ),
    "place.handbook": ("The handbook", "手引き"),
    "place.edge": ("sign in, or be a guest", "サインインするかゲストで使う"),
    "place.api": (
        "tasks in DynamoDB, people from Cognito; over TLS at {secure}",
        "タスクは DynamoDB、利用者は Cognito。TLS は {secure}",
    ),
    "exercise.starting": (
        "Starting the whole application, a receiver and Kizashi…",
        "アプリケーション全体、レシーバー、Kizashi を起動しています…",
    ),
    "exercise.step": (
        "{mark} after {observed} s (first principles {expected} s, at most {bound} s): {what}",
        "{mark} {observed} 秒後 (理論値 {expected} 秒、期限 {bound} 秒): {what}",
    ),
    "exercise.step.free": (
        "{mark} after {observed} s (at most {bound} s): {what}",
        "{mark} {observed} 秒後 (期限 {bound} 秒): {what}",
    ),
    "exercise.healthy": (
        "all is well: people and guests come in, every window is covered",
        "正常。利用者とゲストが来ていて、どのウィンドウもカバレッジ十分",
    ),
    "exercise.visits": (
        "   so far: {visits}",
        "   ここまで: {visits}",
    ),
    "exercise.fault": (
        "-- fault in: every request fails",
        "-- 障害を注入: すべてのリクエストが失敗します",
    ),
    "exercise.burn.firing": (
        "the budget burns: the alert fires",
        "バジェット消費: アラート発報",
    ),
    "exercise.burn.resolved": ("the alert resolves", "アラート解決"),
    "exercise.firing.delivered": (
        "the page is delivered to the webhook",
        "通知が Webhook に到達",
    ),
    "exercise.resolved.delivered": (
        "the notice of its end is delivered",
        "解決の通知が到達",
    ),
    "exercise.explain": (
        "-- why, as `{command}` prints it:",
        "-- 理由 (`{command}` の出力):",
    ),
    "exercise.well": (
        "-- fault out: requests succeed again",
        "-- 障害を除去: リクエストが再び成功します",
    ),
    "exercise.silent": (
        "-- fault in: the AI service cannot be asked",
        "-- 障害を注入: AI サービスに問い合わせできません",
    ),
    "exercise.degraded": (
        "a sentence is kept as it is, and its answer says that it is degraded",
        "文章はそのまま保存され、応答に縮退と示される",
    ),
    "exercise.counted": (
        "backend/full-answers burns and pages",
        "backend/full-answers のバジェットが減り、通知",
    ),
    "exercise.apart": (
        "and not one request is bad for backend/availability",
        "backend/availability には悪いイベントが 1 件もない",
    ),
    "exercise.asked": (
        "-- fault out: the AI service can be asked again",
        "-- 障害を除去: AI サービスに再び問い合わせできます",
    ),
    "exercise.restored": (
        "sentences are read again: that page resolves",
        "文章を再び読み取れる: その通知が解決",
    ),
    "exercise.killed": (
        "-- the API is killed: nothing answers, not even its metrics",
        "-- API を強制終了: メトリクスも返りません",
    ),
    "exercise.loss.firing": (
        "nothing is seen any more: lost data pages",
        "何も観測できない: データ欠落を通知",
    ),
    "exercise.unreachable": (
        "clients get through no more: backend/reachable pages",
        "クライアントが接続できない: backend/reachable を通知",
    ),
    "exercise.back": (
        "the API is started again and answers",
        "API が再起動し、応答",
    ),
    "exercise.switch": (
        "the API takes what its fault switch is told",
        "API が障害スイッチの操作を受け付け",
    ),
    "exercise.loss.resolved": (
        "it is seen again: lost data resolves",
        "再び観測: データ欠落が解決",
    ),
    "exercise.good": (
        "The exercise went well: every step was seen in its bound. Nothing is left running.",
        "訓練は成功です。すべての段階を期限内に観測しました。動いたままのものはありません。",
    ),
    "exercise.bad": (
        "The exercise failed. Not seen in its bound: {steps}.",
        "訓練は失敗です。期限内に観測できなかった段階: {steps}。",
    ),
}


class Say(Protocol):
    """Tells the person at the terminal something, in their language."""

    def __call__(self, text_id: str, /, **params: object) -> None:
        """Show a text."""
        ...


def word(language: str, text_id: str, /, **params: object) -> str:
    """Return a text in a language."""
    return TEXTS[text_id][LANGUAGES.index(language)].format(**params)


def speaker(language: str) -> Callable[..., None]:
    """Return what prints texts in a language, flushed: a pipe may be waiting."""

    def say(text_id: str, /, **params: object) -> None:
        print(word(language, text_id, **params), flush=True)

    return say
