"""What ``kizashi compile`` says, and what its files say to their readers."""

TEXTS: dict[str, tuple[str, str]] = {
    "compile.help": (
        "Write what other programs need from your declarations: rules and their tests, configurations, dashboards. The same declarations give the same bytes; files that have not changed are left alone. Ends with 0 when it could, 1 if a file has problems (with --check or --diff: if anything would change), 2 if the arguments make no sense.",
        "宣言から、ほかのプログラムが必要とするもの (ルールとそのテスト、設定、ダッシュボード) を書き出します。同じ宣言からは同じ内容ができ、変わらないファイルには触れません。終了コードは、書き出せたときが 0、ファイルに問題があるとき (--check と --diff では差分があるとき) が 1、引数の誤りが 2 です。",
    ),
    "compile.usage": (
        "kizashi compile --to TARGET [--out DIR] [--push URL] PATH… [--config FILE] [OPTIONS]",
        "kizashi compile --to 変換先 [--out フォルダー] [--push URL] パス… [--config ファイル] [オプション]",
    ),
    "compile.option.paths": (
        "Declarations: files, or folders that are searched for *.yaml and *.yml. A kizashi.yaml among them tells scrape intervals and slices.",
        "宣言のファイル、または *.yaml と *.yml を探すフォルダー。その中に kizashi.yaml があれば、スクレイプ間隔とスライスはそれに従います。",
    ),
    "compile.option.to": (
        "What to make: prometheus (rules and their unit tests), vmalert (the same rules), prometheus-operator (Kubernetes objects), grafana (dashboards), alertmanager or blackbox (configurations), openslo (OpenSLO documents).",
        "何を作るか。prometheus (ルールとその単体テスト)、vmalert (同じルール)、prometheus-operator (Kubernetes オブジェクト)、grafana (ダッシュボード)、alertmanager、blackbox (設定)、openslo (OpenSLO の文書)。",
    ),
    "compile.option.out": (
        "The folder to write to. A file there that this command has not made is never overwritten.",
        "書き出すフォルダー。このコマンドが作ったのでないファイルを上書きすることはありません。",
    ),
    "compile.option.config": (
        "The configuration that governs the declarations; those that it names are compiled too.",
        "宣言に適用する設定ファイル。その中で指定された宣言も対象になります。",
    ),
    "compile.option.sloth-names": (
        "Record the series that Sloth records, too, so that its dashboards and your alerts on them go on.",
        "Sloth が記録する系列も作ります。Sloth 用のダッシュボードやアラートがそのまま使えます。",
    ),
    "compile.option.query-offset": (
        "How long rules wait for scrapes to land, such as 15s (default: the longest scrape timeout of the service's jobs).",
        "スクレイプの完了をルールが待つ時間。15s など (既定値: そのサービスのジョブのスクレイプタイムアウトのうち最長のもの)。",
    ),
    "compile.option.max-rules": (
        "Split groups of more rules than this, a few objectives of a service at a time, for servers that limit them (Mimir: 20). Default: upstream.max_rules_per_group, else no limit.",
        "これより多くのルールを持つグループを、サービスの目標をいくつかずつに分けて分割する。上限のあるサーバー向け (Mimir は 20)。既定値は upstream.max_rules_per_group、なければ無制限。",
    ),
    "compile.option.no-tests": (
        "Leave the rules' unit tests out.",
        "ルールの単体テストを作りません。",
    ),
    "compile.option.check": (
        "Write nothing; end with 1 if anything would change.",
        "何も書き出さず、変わるものがあれば終了コード 1 で終わります。",
    ),
    "compile.option.diff": (
        "Write nothing; show what would change, and end with 1 if anything would.",
        "何も書き出さず、変わる内容を表示します。変わるものがあれば終了コード 1 で終わります。",
    ),
    "compile.target.openslo": (
        "OpenSLO v1 documents, one a file; annotations carry what OpenSLO has no word for",
        "OpenSLO v1 の文書 (1 ファイルに 1 つ)。OpenSLO に言葉がないことはアノテーションで伝える",
    ),
    "compile.openslo.annotations": (
        "OpenSLO has no word for pairs of windows, minBadEvents and noData: each pair is written as a condition on its long window, and annotations kizashi.dev/… say the rest",
        "OpenSLO には、長短のウィンドウの組、minBadEvents、noData を表す言葉がありません。組は長い方のウィンドウの条件として書き、残りはアノテーション kizashi.dev/… で伝えます",
    ),
    "compile.openslo.rounded": (
        "{objective}: OpenSLO knows whole minutes, so that {exact} is written as {used}; an annotation says it exactly",
        "{objective}: OpenSLO の時間は分単位なので、{exact} は {used} と書きます。正確な長さはアノテーションで伝えます",
    ),
    "compile.openslo.label": (
        "{service}: the label {label} cannot be written in OpenSLO and is left out",
        "{service}: ラベル {label} は OpenSLO では書けないため省きます",
    ),
    "compile.openslo.depends-on": (
        "{service}: its dependencies cannot be written in an annotation, because a name holds a space or a comma, and are left out",
        "{service}: 依存先の名前に空白かコンマがあり、アノテーションに書けないため、依存先を省きます",
    ),
    "compile.target.prometheus": (
        "Recording and alerting rules for Prometheus 2.53 and later, and a promtool unit test for every objective.",
        "Prometheus 2.53 以降の記録ルールとアラートルール、および目標ごとの promtool 単体テスト。",
    ),
    "compile.target.vmalert": (
        "The rules of the target prometheus for vmalert, which calls the query offset eval_delay.",
        "変換先 prometheus と同じルールを vmalert 用に書き出す (クエリーオフセットを eval_delay と書く)。",
    ),
    "compile.note.no-name": (
        "{service}/{objective} is left out: one of its selectors fixes no metric name, and rules need one. Declare one objective for each metric.",
        "{service}/{objective} は含めていません。メトリクス名が 1 つに決まらないセレクターがあり、ルールにできないためです。メトリクスごとに目標を宣言してください。",
    ),
    "compile.note.no-job": (
        "{service}/{objective} names no job: its coverage is measured on the jobs whose targets held its series in the last hour. Declare `job` to see lost data sooner.",
        "{service}/{objective} はジョブを指定していません。カバレッジは、直近 1 時間にその系列を持っていたジョブで測ります。`job` を宣言すると、データの欠落に早く気付けます。",
    ),
    "compile.note.large-group": (
        "The group {group} holds {rules} rules, more than {most}: the rules of one objective depend on each other and stay together. Raise the server's limit.",
        "グループ {group} のルールは {rules} 個で、上限の {most} を超えます。1 つの目標のルールは互いに依存するため分けられません。サーバーの上限を上げてください。",
    ),
    "compile.note.honor-labels": (
        "Job {job} has honor_labels: where its targets set job or instance themselves, the first events of new series are not counted.",
        "ジョブ {job} は honor_labels を使っています。収集対象が job や instance を自分で付ける場合、新しい系列の最初のイベントは数えられません。",
    ),
    "compile.invalid.what": (
        "Over its window it counts more bad or good events than valid ones, or its threshold is no edge of the histogram. Let valid count every event that bad or good counts; set the threshold to an edge.",
        "期間全体で、有効なイベントより悪いイベントか良いイベントの方が多いか、しきい値がヒストグラムの境界にありません。bad や good が数えるイベントをすべて valid も数えるようにし、しきい値を境界に合わせてください。",
    ),
    "compile.burn.left": (
        "{left} of the error budget is left.",
        "エラーバジェットの残りは {left} です。",
    ),
    "compile.burn.pair": (
        "In the last {long}, {bad} of {valid} events were bad: a burn rate of {burn} ({short_burn} in the last {short}).",
        "直近 {long} ではイベント {valid} 件のうち {bad} 件が悪く、バーンレートは {burn} 倍です (直近 {short} では {short_burn} 倍)。",
    ),
    "compile.no-target": (
        "{given!r} is no target. There are: {known}.",
        "{given!r} という変換先はありません。指定できるもの: {known}。",
    ),
    "compile.no-path": (
        "Nothing to compile: name files or folders, or a configuration with --config.",
        "対象がありません。ファイルかフォルダー、または --config で設定ファイルを指定してください。",
    ),
    "compile.no-folder": (
        "{out} is a file. Expected a folder, which need not exist yet.",
        "{out} はファイルです。フォルダーを指定してください (まだなくてもかまいません)。",
    ),
    "compile.bad-max-rules": (
        "{given} is no number of rules. Expected 1 or more.",
        "{given} はルールの数ではありません。1 以上を指定してください。",
    ),
    "compile.bad-offset": (
        "{given!r} is no duration. Expected one such as 15s or 1m.",
        "{given!r} は時間の長さではありません。15s や 1m のように指定してください。",
    ),
    "compile.problems": (
        "Nothing was written. `kizashi check` shows the problems with their lines.",
        "何も書き出していません。`kizashi check` で問題の箇所を確認できます。",
    ),
    "compile.foreign": (
        "Nothing was written: these files stand in the way, and this command has not made them: {paths}. Move them, or choose another folder with --out.",
        "何も書き出していません。このコマンドが作ったのでないファイルがあります: {paths}。移動するか、--out で別のフォルダーを指定してください。",
    ),
    "compile.manifest": (
        "{path} cannot be read as the list of generated files. Bring it back from version control, or remove it together with the files that were generated.",
        "{path} を生成ファイルの一覧として読めません。バージョン管理から戻すか、生成されたファイルと一緒に削除してください。",
    ),
    "compile.disk": (
        "{path}: {why}. What was written before it stays; run the command again.",
        "{path}: {why}。それまでに書き出した分は残っています。もう一度実行してください。",
    ),
    "compile.written": ("written: {path}", "書き出しました: {path}"),
    "compile.removed": ("removed: {path}", "削除しました: {path}"),
    "compile.would-written": ("would be written: {path}", "書き出す予定: {path}"),
    "compile.would-removed": ("would be removed: {path}", "削除する予定: {path}"),
    "compile.kept": (
        "kept, because someone has changed it; it is no longer generated: {path}",
        "手で変更されているため残しました (もう生成されません): {path}",
    ),
    "compile.note": ("note: {text}", "注意: {text}"),
    "compile.sum": (
        "Files changed: {changed}. Unchanged: {unchanged}.",
        "変更したファイル: {changed}。変更なし: {unchanged}。",
    ),
}
