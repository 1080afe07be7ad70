"""What ``kizashi status`` says."""

TEXTS: dict[str, tuple[str, str]] = {
    "status.help": (
        "Show one line per objective, the worst first: what is promised, what is, what is left of the budget, how fast it burns. Ends with 0 when it could show them, 1 when it could not, 2 if the arguments make no sense.",
        "目標ごとに 1 行、悪いものから順に表示します。目標値、現在の値、エラーバジェットの残り、バーンレートなど。終了コードは、表示できたときが 0、できなかったときが 1、引数の誤りが 2 です。",
    ),
    "status.usage": ("kizashi status [OPTIONS]", "kizashi status [オプション]"),
    "status.option.server": (
        "The server to ask (default: http://127.0.0.1:9470).",
        "問い合わせるサーバー (既定値: http://127.0.0.1:9470)。",
    ),
    "status.option.token": (
        "An access token; better given in KIZASHI_TOKEN, where other users cannot see it.",
        "アクセストークン。ほかの利用者に見えない環境変数 KIZASHI_TOKEN での指定をおすすめします。",
    ),
    "status.option.format": (
        "text or json (default: text).",
        "text か json (既定値: text)。",
    ),
    "status.empty": (
        "No objective is declared. `kizashi check` reads declarations, `kizashi serve` takes them.",
        "目標がまだ宣言されていません。宣言は `kizashi check` で確かめ、`kizashi serve` に渡します。",
    ),
    "status.drift.option": (
        "Instead, say how the rules of the server named by upstream differ from those that would be generated; ends with 1 where they do.",
        "代わりに、upstream のサーバーで動いているルールと、いま生成されるルールとの違いを表示します。違いがあれば終了コード 1 で終わります。",
    ),
    "status.drift.at": (
        "--drift compares rules as they are now; leave --at out.",
        "--drift は現在のルールを比べます。--at は付けないでください。",
    ),
    "status.column.objective": ("OBJECTIVE", "目標"),
    "status.column.target": ("TARGET", "目標値"),
    "status.column.now": ("NOW", "現在"),
    "status.column.window": ("WINDOW", "期間"),
    "status.column.left": ("LEFT", "残り"),
    "status.column.minutes": ("MINUTES", "残り(分)"),
    "status.column.burn": ("BURN", "バーンレート"),
    "status.column.empty": ("EMPTY IN", "枯渇まで"),
    "status.column.coverage": ("COVERAGE", "カバレッジ"),
    "status.column.events": ("EVENTS", "イベント数"),
    "status.column.alerts": ("ALERTS", "アラート"),
    "status.left_out": (
        "Left out to fit this terminal: {columns}. A wider one or --format json shows everything.",
        "端末の幅に合わせて省略した列: {columns}。幅を広げるか、--format json を指定すると、すべて表示します。",
    ),
    "status.simulated": (
        "* Simulated: a demo made up what happened until {until}. What is newer is real.",
        "* シミュレーション: {until} までのデータはデモ用に作られたものです。それより新しいものは実際のデータです。",
    ),
    "status.none": ("no data", "データなし"),
    "status.spent": ("spent", "枯渇"),
    "status.state.live": ("live", "計測中"),
    "status.state.idle": ("idle", "無通信"),
    "status.state.absent": ("absent", "系列なし"),
    "status.state.broken": ("broken", "取得失敗"),
    "status.state.unknown": ("unknown", "対象なし"),
    "status.state.invalid": ("invalid", "無効"),
}
