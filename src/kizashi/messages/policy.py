"""What ``kizashi policy`` says."""

TEXTS: dict[str, tuple[str, str]] = {
    "policy.help": (
        "Tell what an alerting policy will do: how soon it fires at a constant share of errors, what that costs, when it resolves, and which burn it never notices. Nothing is measured; it is worked out. Ends with 0 when it could, 1 if a file has problems, 2 if the arguments make no sense.",
        "アラートポリシーの働きを予測します。一定の割合でエラーが続いたとき、どれだけ早く発報し、それまでにバジェットをどれだけ使い、いつ解決するか。どの速さの消費には気付かないか。計測はせず、計算で求めます。終了コードは、計算できたときが 0、ファイルに問題があるときが 1、引数の誤りが 2 です。",
    ),
    "policy.usage": (
        "kizashi policy PRESET|FILE… --target 99.9% [--window 30d] [--error-ratio R …] [--interval 15s] [--rate N] [--format text|json]",
        "kizashi policy プリセット|ファイル… --target 99.9% [--window 30d] [--error-ratio 割合 …] [--interval 15s] [--rate 数] [--format text|json]",
    ),
    "policy.option.sources": (
        "A preset such as google-30d (without arguments, all are listed), a file of declarations (each objective with its own policy, target and window), or a YAML file with an alerting mapping. Several stand one below the other.",
        "google-30d などのプリセット (引数なしで一覧を表示します)、宣言のファイル (目標ごとのポリシー、目標値、期間を使います)、または alerting を持つ YAML ファイル。複数指定すると順に並べます。",
    ),
    "policy.option.target": (
        "The objective's target, such as 99.9%. Declarations have their own; given here, it replaces theirs.",
        "目標値 (例: 99.9%)。宣言には書かれていますが、ここで指定するとそれを置き換えます。",
    ),
    "policy.option.window": (
        "The objective's window (default: 30d, or what is declared).",
        "目標の期間 (既定値: 30d、宣言ではその期間)。",
    ),
    "policy.option.error-ratio": (
        "Constant shares of bad events to look at, such as 100% 1% 0.002 (default: 100%, 50%, 10% and the burn rates 20, 10, 5, 2 and 1).",
        "調べるエラー率。一定のまま続くものとします。例: 100% 1% 0.002 (既定値: 100%、50%、10% と、バーンレート 20、10、5、2、1)。",
    ),
    "policy.option.interval": (
        "How often targets are scraped (default: what a configuration says of the job, else 15s).",
        "スクレイプ間隔 (既定値: ジョブの設定、なければ 15s)。",
    ),
    "policy.option.rate": (
        "Events per second, such as 0.5. Without it there are always enough bad events for minBadEvents.",
        "毎秒のイベント数 (例: 0.5)。指定がなければ、悪いイベントは常に minBadEvents に足りるものとします。",
    ),
    "policy.no-source": (
        "Name a preset ({presets}) or a file.",
        "プリセット ({presets}) かファイルを指定してください。",
    ),
    "policy.preset.google-30d": (
        "The default, after the SRE Workbook: a page when 2 % of a 30-day budget is gone in an hour or 5 % in six, a ticket when 10 % is gone in one day or in three; other windows scale it.",
        "既定のプリセットで、SRE Workbook によるものです。30 日分のバジェットを 1 時間で 2 %、または 6 時間で 5 % 使い切ると page、1 日または 3 日で 10 % なら ticket です。期間が違えば、それに応じて伸縮します。",
    ),
    "policy.preset.2h-6h-24h": (
        "The same factors, with two hours in place of one: the fastest page comes when 4 % of a 30-day budget is gone, and a burst wakes somebody only when it lasts twice as long.",
        "係数は同じまま、1 時間の代わりに 2 時間を見ます。最も早い page は 30 日分のバジェットの 4 % を使ったときです。短時間の急増では、2 倍の時間続かない限り呼び出しは発生しません。",
    ),
    "policy.unknown": (
        "{given} is no preset ({presets}) and no file.",
        "{given} はプリセット ({presets}) でもファイルでもありません。",
    ),
    "policy.no-target": (
        "{given} says nothing of a target. Give one, such as --target 99.9%.",
        "{given} には目標値がありません。--target 99.9% のように指定してください。",
    ),
    "policy.no-objective": (
        "{given} declares no objective.",
        "{given} には目標が宣言されていません。",
    ),
    "policy.bad-ratio": (
        "--error-ratio takes shares above 0 up to 1, such as 1% or 0.01, not {given}.",
        "--error-ratio には 1% や 0.01 のような、0 より大きく 1 以下の割合を指定してください ({given} は使えません)。",
    ),
    "policy.bad-interval": (
        "--interval takes a duration of at least 1s, such as 15s, not {given}.",
        "--interval には 15s のような 1s 以上の長さを指定してください ({given} は使えません)。",
    ),
    "policy.bad-rate": (
        "--rate takes a number of events per second above 0, such as 0.5, not {given}.",
        "--rate には 0.5 のような、0 より大きい毎秒のイベント数を指定してください ({given} は使えません)。",
    ),
    "policy.title": (
        "{name}: target {target}, window {window}, scraped every {interval}, slices of {slice}",
        "{name}: 目標値 {target}、期間 {window}、スクレイプ間隔 {interval}、スライス {slice}",
    ),
    "policy.column.long": ("LONG", "長い方"),
    "policy.column.short": ("SHORT", "短い方"),
    "policy.column.factor": ("FACTOR", "係数"),
    "policy.column.limit": ("ERRORS ABOVE", "しきい値"),
    "policy.column.ratio": ("ERRORS", "エラー率"),
    "policy.column.detection": ("DETECTED", "検知"),
    "policy.column.at": ("AT {interval}", "{interval} で"),
    "policy.column.spent": ("SPENT", "消費"),
    "policy.column.reset": ("OVER", "解決"),
    "policy.column.after-long": ("AFTER LONG", "長引いた後"),
    "policy.never": ("never", "なし"),
    "policy.dead": (
        "Dead: {long} {factor} {severity}. At this target a burn rate ends at {most}; this pair never fires.",
        "発報しない組: {long} {factor} {severity}。この目標値ではバーンレートは {most} が上限で、この組は決して発報しません。",
    ),
    "policy.silent.severity": (
        "Silent for ever ({severity}): errors up to {ratio}, a burn rate of {burn}.",
        "ずっと発報しない範囲 ({severity}): エラー率 {ratio} まで、バーンレート {burn} まで。",
    ),
    "policy.silent.severity.below": (
        "Silent for ever ({severity}): errors below {ratio}, a burn rate of {burn}; fewer bad events than minBadEvents.",
        "ずっと発報しない範囲 ({severity}): エラー率 {ratio} 未満、バーンレート {burn} 未満。悪いイベントが minBadEvents に届きません。",
    ),
    "policy.silent.all": (
        "Nobody is ever told of errors up to {ratio}, a burn rate of {burn}.",
        "だれにも知らされない範囲: エラー率 {ratio} まで、バーンレート {burn} まで。",
    ),
    "policy.silent.all.below": (
        "Nobody is ever told of errors below {ratio}, a burn rate of {burn}.",
        "だれにも知らされない範囲: エラー率 {ratio} 未満、バーンレート {burn} 未満。",
    ),
    "policy.note.for": (
        "The condition must hold for {length} first; that is included.",
        "発報までに条件が {length} 続く必要があり、その分を含みます。",
    ),
    "policy.note.no-rate": (
        "minBadEvents ({least}) is left out: it takes the traffic, --rate.",
        "minBadEvents ({least}) は含めていません。トラフィック (--rate) が必要です。",
    ),
    "policy.note.rate": (
        "With {rate} events per second, and {least} bad ones or more in the long window.",
        "毎秒 {rate} イベントで、長い方のウィンドウに悪いイベントが {least} 件以上という条件を含みます。",
    ),
}
