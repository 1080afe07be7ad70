"""What ``kizashi import-samples`` says."""

TEXTS: dict[str, tuple[str, str]] = {
    "import-samples.help": (
        "Back-fill history: store OpenMetrics samples that have time stamps, and work out the ledger again from the oldest one. Not while the server runs on the same data folder. Repeating it is harmless.",
        "履歴を取り込みます。タイムスタンプ付きの OpenMetrics サンプルを保存し、最も古いサンプルから台帳を計算し直します。同じデータフォルダーでサーバーが動いている間は使えません。繰り返しても問題ありません。",
    ),
    "import-samples.usage": (
        "kizashi import-samples FILE… [--data DIR] [--interval 15s] [--job J --instance I] [--config FILE]",
        "kizashi import-samples ファイル… [--data フォルダー] [--interval 15s] [--job ジョブ --instance インスタンス] [--config ファイル]",
    ),
    "import-samples.option.files": (
        "OpenMetrics files, as promtool tsdb dump-openmetrics writes them. They may be larger than memory.",
        "OpenMetrics ファイル (promtool tsdb dump-openmetrics の出力など)。メモリーより大きくてもかまいません。",
    ),
    "import-samples.option.data": (
        "The data folder (default: data).",
        "データフォルダー (既定値: data)。",
    ),
    "import-samples.option.interval": (
        "How often the targets were scraped (default: what the configuration says of their job, else 15s). Coverage is measured by it.",
        "収集対象のスクレイプ間隔 (既定値: ジョブの設定、なければ 15s)。カバレッジはこれを基準に測ります。",
    ),
    "import-samples.option.job": (
        "The job of series without a job label.",
        "job ラベルのない系列のジョブ。",
    ),
    "import-samples.option.instance": (
        "The instance of series without an instance label.",
        "instance ラベルのない系列のインスタンス。",
    ),
    "import-samples.option.config": (
        "The configuration whose objectives are counted. Without one: kizashi.yaml in this folder.",
        "数える目標を宣言した設定ファイル。指定がなければ、このフォルダーの kizashi.yaml を使います。",
    ),
    "import-samples.option.format": (
        "text for people (the default) or json for programs.",
        "text は人向け (既定)、json はプログラム向けです。",
    ),
    "import-samples.missing": (
        "Name one or more OpenMetrics files.",
        "OpenMetrics ファイルを 1 つ以上指定してください。",
    ),
    "import-samples.bad-interval": (
        "{given} is not an interval. Expected such as 15s or 1m.",
        "{given} は間隔ではありません。15s や 1m のように指定してください。",
    ),
    "import-samples.unreadable": (
        "{file} cannot be read: {why}",
        "{file} を読めません: {why}",
    ),
    "import-samples.malformed": (
        "{file}: {why}. Nothing was imported.",
        "{file}: {why} 何も取り込みませんでした。",
    ),
    "import-samples.future": (
        "{place}: the sample is stamped {ahead_s} s ahead of this machine's clock; expected no more than 10 minutes. Time stamps are seconds, not milliseconds. Nothing was imported.",
        "{place}: サンプルの時刻がこのマシンの時計より {ahead_s} 秒進んでいます。許容されるのは 10 分までです。タイムスタンプの単位はミリ秒ではなく秒です。何も取り込みませんでした。",
    ),
    "import-samples.no-target": (
        "{place}: {series} has no {label} label; say which target it is of with --{label}. Nothing was imported.",
        "{place}: {series} に {label} ラベルがありません。どの収集対象のものかを --{label} で指定してください。何も取り込みませんでした。",
    ),
    "import-samples.failed": ("Cannot import: {why}", "取り込めません: {why}"),
    "import-samples.again": (
        "What was stored stays. Run the same command again to go on; whatever happens, the ledger is worked out from the samples when the server starts.",
        "保存済みのサンプルは残ります。同じコマンドをもう一度実行すると続きを取り込みます。いずれの場合も、台帳はサーバーの起動時にサンプルから計算されます。",
    ),
    "import-samples.unusable": (
        "Nothing was imported: the configuration or a declaration has errors.",
        "設定または宣言に誤りがあるため、何も取り込みませんでした。",
    ),
    "import-samples.stage.read": ("Reading… {percent} %", "読み込み中… {percent} %"),
    "import-samples.stage.store": ("Storing… {percent} %", "保存中… {percent} %"),
    "import-samples.stage.derive": (
        "Working out the ledger…",
        "台帳を計算しています…",
    ),
    "import-samples.samples": (
        "Samples: {read} read, {new} new, {known} already there.",
        "サンプル: 読み込み {read}、新規 {new}、保存済み {known}",
    ),
    "import-samples.ups": (
        "up was not in the files: {ups} scrapes are taken as successful, one at each time stamp of a target.",
        "ファイルに up がないため、収集対象の各タイムスタンプを成功したスクレイプとみなします: {ups} 回",
    ),
    "import-samples.expired": (
        "Left out: {expired} samples older than {age}, which storage.retention would delete at once. Keep them longer in the configuration to import them.",
        "storage.retention によりすぐ削除される、{age} より古いサンプル {expired} 件は取り込みませんでした。取り込むには設定の保持期間を延ばしてください。",
    ),
    "import-samples.blank": (
        "Left out: {blank} samples that are not a number.",
        "数値ではないサンプル {blank} 件は取り込みませんでした。",
    ),
    "import-samples.span": (
        "From {first} to {last}.",
        "期間: {first} から {last} まで",
    ),
    "import-samples.targets": (
        "Targets: {count} ({names}).",
        "収集対象: {count} ({names})",
    ),
    "import-samples.derived": (
        "Objectives whose ledger was worked out: {count}.",
        "台帳を計算した目標: {count}",
    ),
    "import-samples.later": (
        "No configuration was found: the ledger is worked out when the server starts.",
        "設定ファイルが見つからないため、台帳はサーバーの起動時に計算されます。",
    ),
    "import-samples.nothing": (
        "There was nothing to import.",
        "取り込むサンプルはありませんでした。",
    ),
}
