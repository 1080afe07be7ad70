"""What the page of generated rules says."""

TEXTS: dict[str, tuple[str, str]] = {
    "ui.rules.cut": (
        "The rest is in the file; download it.",
        "続きはファイルにあります。ダウンロードしてください。",
    ),
    "ui.rules.differs": ("runs otherwise", "式が異なる"),
    "ui.rules.download": ("Download", "ダウンロード"),
    "ui.rules.missing": ("not running there", "動いていない"),
    "ui.rules.no_upstream": (
        "No server is named under `upstream`, so there is nothing to compare with.",
        "設定の `upstream` にサーバーがないため、比較する相手がありません。",
    ),
    "ui.rules.nothing": (
        "Nothing is generated for this service.",
        "このサービスから生成されるものはありません。",
    ),
    "ui.rules.ours": ("Generated here", "ここで生成した式"),
    "ui.rules.rule": ("Rule", "ルール"),
    "ui.rules.running": (
        "Compared with what the server runs",
        "サーバーで動いているルールとの比較",
    ),
    "ui.rules.same": (
        "The server runs every generated rule as it is.",
        "生成したルールは、すべてそのままサーバーで動いています。",
    ),
    "ui.rules.target": ("For", "変換先"),
    "ui.rules.theirs": ("Running there", "サーバーの式"),
    "ui.rules.title": ("Rules", "ルール"),
    "ui.upstream.away": ("The server that is read", "読み込み元のサーバー"),
    "ui.upstream.away_why": (
        "{url} does not answer as it should: {why}. Alerts are as it last told them; what happens meanwhile is read when it is back.",
        "{url} から正しい応答がありません: {why}。アラートは最後に確認できた状態です。この間の記録は、復旧したら読み込みます。",
    ),
    "ui.rules.why": (
        "What `kizashi compile` writes for other programs from the same declaration.",
        "同じ宣言から `kizashi compile` が書き出す、ほかのプログラム向けのファイルです。",
    ),
}
