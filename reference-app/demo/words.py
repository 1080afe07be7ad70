"""What the page of a demo says: id → English, Japanese."""

from collections.abc import Callable
from functools import partial

#: Puts a message, with its parameters, into the reader's language.
Say = Callable[..., str]

TEXTS: dict[str, tuple[str, str]] = {
    "title": ("Demo", "デモ"),
    "note": (
        "Break the to-do service on purpose, and see how soon who is told. Only a demo has this page.",
        "ToDo サービスにわざと障害を起こし、どれだけ早くだれに知らされるかを確かめます。このページはデモだけにあります。",
    ),
    "banner": (
        "Demo. What happened until {until} is simulated; what is newer is real.",
        "デモです。{until} までのデータはシミュレーションで、それより新しいものは実際のデータです。",
    ),
    "banner_real": (
        "Demo. What you see is real.",
        "デモです。表示は実際のデータです。",
    ),
    "banner_loading": (
        "Demo. A simulated past is being loaded: {share}",
        "デモです。シミュレーションの履歴を読み込んでいます: {share}",
    ),
    "break": ("Break it", "障害を起こす"),
    "now": ("Now", "現在"),
    "well": ("All is well", "正常"),
    "broken": ("Broken on purpose", "障害を注入中"),
    "other": ("other faults, set by hand", "手で設定された障害"),
    "down": ("The service does not answer", "サービスが応答しません"),
    "past": ("Simulated past", "シミュレーションの履歴"),
    "loading.waiting": ("It is about to be loaded.", "まもなく読み込みます。"),
    "loading.storing": (
        "It is being stored: {share}",
        "保存しています: {share}",
    ),
    "loading.counting": (
        "It is stored; the ledger is being derived from it.",
        "保存しました。台帳を計算しています。",
    ),
    "loading.loaded": (
        "It is loaded, and marked wherever it shows. Real traffic is counted from its end on.",
        "読み込み済みです。表示されるところには必ずシミュレーションと示し、その終わりから先は実際のトラフィックを数えます。",
    ),
    "loading.failed": (
        "It could not be loaded; the server's log says why. Real traffic is counted as ever.",
        "読み込めませんでした。理由はサーバーのログにあります。実際のトラフィックは数えています。",
    ),
    "errors": ("A fifth of the requests fail", "リクエストの 2 割が失敗"),
    "errors_note": (
        "Four hundred times the allowed share: a page within minutes, and the budget burns visibly.",
        "許容の 400 倍です。数分で緊急の通知が届き、エラーバジェットが目に見えて減ります。",
    ),
    "slow": ("Half of the answers are slow", "応答の半分が遅延"),
    "slow_note": (
        "300 ms are added, past the objective of 200 ms: the latency objective burns ten times too fast.",
        "300 ミリ秒を加え、目標の 200 ミリ秒を超えさせます。レイテンシの目標が許容の 10 倍の速さで減ります。",
    ),
    "outage": ("Nothing works", "全面停止"),
    "outage_note": (
        "Every request is refused with 503: a page in about a minute.",
        "すべてのリクエストが 503 になります。およそ 1 分で緊急の通知が届きます。",
    ),
    "store": ("The database is slow", "データベースが遅い"),
    "store_note": (
        "Each call of DynamoDB takes 300 ms longer: nothing fails, and the latency objective burns.",
        "DynamoDB の呼び出しが毎回 300 ミリ秒遅くなります。失敗は起きず、レイテンシの目標だけが減ります。",
    ),
    "ai": ("The AI service cannot be asked", "AI サービスに問い合わせできない"),
    "ai_note": (
        "Sentences are kept as they are. Such an answer is degraded: bad for the objective of full answers, and no failure of the service.",
        "文章はそのまま保存されます。この応答は縮退として数え、完全な応答の目標だけが減ります。サービスの失敗にはなりません。",
    ),
    "certificate": ("The certificate has expired", "証明書の期限切れ"),
    "certificate_note": (
        "Clients refuse the connection before they ask anything. The service itself sees nothing wrong; only what clients count does.",
        "クライアントは何も送らずに接続をやめます。サービス側の計数には現れず、クライアント側の計数にだけ現れます。",
    ),
    "leak": ("Memory leaks", "メモリーリーク"),
    "leak_note": (
        "Each request keeps 256 kB, 512 MB in all. No objective moves yet; saturation on the page of the service does.",
        "リクエストごとに 256 kB を抱え込みます (合計 512 MB まで)。目標はまだ動かず、サービスのページの飽和だけが上がります。",
    ),
    "kill": ("The service crashes", "サービスの異常終了"),
    "kill_note": (
        "Its process ends without a word and comes back after 10 s, its counters at zero. No event is invented or lost.",
        "プロセスが突然終了し、10 秒後に戻ります。カウンターは 0 に戻りますが、イベントが増えたり失われたりはしません。",
    ),
    "clear": ("All well again", "元に戻す"),
    "clear_note": (
        "Every fault is taken away; alerts end when their data says so.",
        "すべての障害を取り除きます。アラートは、データで終わりが確認できると解決します。",
    ),
    "inject": ("Inject", "注入する"),
    "do_kill": ("Kill it", "強制終了する"),
    "do_clear": ("Take every fault away", "障害を取り除く"),
    "sign_in": (
        "Sign in with the token that the demo printed to break the service.",
        "障害を起こすには、デモが表示したトークンでサインインしてください。",
    ),
    "unknown": (
        "there is no such fault; expected one of {known}",
        "そのような障害はありません。指定できるもの: {known}",
    ),
    "away": (
        "the service does not answer; try again when it is back",
        "サービスが応答しません。戻ってからもう一度試してください",
    ),
    "told.injected": (
        "The fault is injected.",
        "障害を注入しました。",
    ),
    "told.cleared": ("Every fault is taken away.", "障害を取り除きました。"),
    "told.killed": ("The service was killed.", "サービスを強制終了しました。"),
}


def speaker(language: str) -> Say:
    """Return who says these texts in a language."""
    return partial(_say, 1 if language == "ja" else 0)


def _say(number: int, message_id: str, **params: object) -> str:
    return TEXTS[message_id][number].format(**params)
