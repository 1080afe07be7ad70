"""What ``kizashi demo --exercise`` says."""

TEXTS: dict[str, tuple[str, str]] = {
    "exercise.back": (
        "-- the service runs again",
        "-- サービスが再び動き始めました",
    ),
    "exercise.bad": (
        "The exercise failed: a step marked !! was not seen in its bound.",
        "訓練は失敗です。!! の付いた段階が期限内に観測できませんでした。",
    ),
    "exercise.burn.firing": (
        "the budget burns: the alert fires",
        "バジェット消費: アラート発報",
    ),
    "exercise.burn.resolved": ("the alert resolves", "アラート解決"),
    "exercise.loss.firing": (
        "nothing is seen any more: lost data pages",
        "何も観測できない: データ欠落を通知",
    ),
    "exercise.fault": (
        "-- fault in: every request fails",
        "-- 障害を注入: すべてのリクエストが失敗します",
    ),
    "exercise.firing.delivered": (
        "the page is delivered to the webhook",
        "通知が Webhook に到達",
    ),
    "exercise.good": (
        "The exercise went well: every step was seen in its bound. Nothing is left running.",
        "訓練は成功です。すべての段階を期限内に観測しました。動いたままのものはありません。",
    ),
    "exercise.healthy": (
        "all is well, every window is covered",
        "正常。どのウィンドウもカバレッジ十分",
    ),
    "exercise.killed": (
        "-- the service is killed: nothing answers, not even its metrics",
        "-- サービスを強制終了: メトリクスも返りません",
    ),
    "exercise.loss.resolved": (
        "it is seen again: lost data resolves",
        "再び観測: データ欠落が解決",
    ),
    "exercise.resolved.delivered": (
        "the notice of its end is delivered",
        "解決の通知が到達",
    ),
    "exercise.starting": (
        "Starting the to-do service, its traffic, a receiver and Kizashi…",
        "ToDo サービス、トラフィック、レシーバー、Kizashi を起動しています…",
    ),
    "exercise.step": (
        "{mark} after {observed} s (first principles {expected} s, at most {bound} s): {what}",
        "{mark} {observed} 秒後 (理論値 {expected} 秒、期限 {bound} 秒): {what}",
    ),
    "exercise.well": (
        "-- fault out: requests succeed again",
        "-- 障害を除去: リクエストが再び成功します",
    ),
}
