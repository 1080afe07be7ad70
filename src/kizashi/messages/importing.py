"""What ``kizashi import`` says: of its arguments, and of what it could not carry.

What concerns a file has two lines: the first says what is so, the second what to do.
"""

TEXTS: dict[str, tuple[str, str]] = {
    "import.help": (
        "Read what another tool declares and write it as Kizashi declarations. Whatever cannot be carried, or means something else here, is listed with its line.",
        "ほかのツールの宣言を読み、Kizashi の宣言として書き出します。引き継げないものや意味が変わるものは、行番号とともに一覧にします。",
    ),
    "import.usage": (
        "kizashi import [--from DIALECT] PATH… [--out DIR] [--window 30d] [--service NAME] [--job NAME] [--prove]",
        "kizashi import [--from 形式] パス… [--out フォルダー] [--window 30d] [--service 名前] [--job 名前] [--prove]",
    ),
    "import.option.paths": (
        "Files, and folders that are searched for *.yaml and *.yml.",
        "ファイル、またはフォルダー (*.yaml と *.yml を探します)。",
    ),
    "import.option.from": (
        "What the files are: openslo, prometheus, pyrra, slo-generator or sloth. Without it the files themselves tell.",
        "ファイルの形式: openslo、prometheus、pyrra、slo-generator、sloth のいずれか。指定がなければファイルの内容から判断します。",
    ),
    "import.option.out": (
        "The folder to write to, one file for each service. A file there that says something else is never overwritten. Without it the declarations are printed.",
        "書き出すフォルダー。サービスごとに 1 ファイルです。内容の異なるファイルを上書きすることはありません。指定がなければ画面に出力します。",
    ),
    "import.option.strict": (
        "Read OpenSLO as strictly as its own validator does; otherwise every leniency is named.",
        "OpenSLO を公式の検証ツールと同じ厳密さで読みます。指定しない場合は、緩めて読んだ箇所を 1 つずつ示します。",
    ),
    "import.option.window": (
        "The objectives' window where the files name none (default: 30d).",
        "ファイルに期間の指定がない場合の目標の期間 (既定値: 30d)。",
    ),
    "import.option.service": (
        "The service of objectives whose files name none.",
        "ファイルにサービス名がない場合のサービス名。",
    ),
    "import.option.job": (
        "The scrape job of objectives whose selectors name none.",
        "セレクターにジョブの指定がない目標のジョブ。",
    ),
    "import.dialect.openslo": (
        "OpenSLO v1 documents",
        "OpenSLO v1 の文書",
    ),
    "import.dialect.prometheus": (
        "Rule files of Prometheus: burn-rate alerts on two windows",
        "Prometheus のルールファイル (2 つのウィンドウで見るバーンレートのアラート)",
    ),
    "import.dialect.pyrra": (
        "Pyrra: ServiceLevelObjective (pyrra.dev/v1alpha1)",
        "Pyrra の ServiceLevelObjective (pyrra.dev/v1alpha1)",
    ),
    "import.dialect.slo-generator": (
        "slo-generator: ServiceLevelObjective (sre.google.com/v2) and its shared configuration",
        "slo-generator の ServiceLevelObjective (sre.google.com/v2) と共有設定",
    ),
    "import.dialect.sloth": (
        "Sloth: its files (prometheus/v1), PrometheusServiceLevel and AlertWindows",
        "Sloth のファイル (prometheus/v1)、PrometheusServiceLevel、AlertWindows",
    ),
    "import.no-dialect": (
        "{given!r} is nothing that can be read. There are: {known}.",
        "{given!r} という形式には対応していません。指定できるもの: {known}。",
    ),
    "import.recognised": (
        "Read as {dialect} ({what}); --from names another dialect.",
        "{dialect} として読みました ({what})。別の形式なら --from で指定してください。",
    ),
    "import.not-recognised": (
        "None of the files says which tool it is for. Name the dialect with --from: {known}.",
        "どのツールのファイルか判断できません。--from で形式を指定してください: {known}。",
    ),
    "import.several": (
        "The files are of several dialects. Import each alone, with --from and its files: {told}.",
        "複数の形式のファイルが混ざっています。--from とファイルを指定して、形式ごとに実行してください: {told}。",
    ),
    "import.no-path": (
        "Nothing to import: name files or folders.",
        "対象がありません。ファイルかフォルダーを指定してください。",
    ),
    "import.foreign": (
        "Nothing was written: these files say something else already: {paths}. Move them, or choose another folder with --out.",
        "何も書き出していません。内容の異なるファイルがあります: {paths}。移動するか、--out で別のフォルダーを指定してください。",
    ),
    "import.carried": (
        "{place}: carried: {name} is {service}/{objective} in {path}",
        "{place}: 引き継ぎました: {name} → {service}/{objective} ({path})",
    ),
    "import.sum": (
        "Objectives carried: {carried}. Errors: {errors}. Warnings: {warnings}. Notes: {notes}.",
        "引き継いだ目標: {carried}。エラー: {errors}。警告: {warnings}。注記: {notes}。",
    ),
    "import.comment": (
        "Imported from {dialect}: {files}",
        "{dialect} から引き継いだ宣言: {files}",
    ),
    "import.comment.to-do": ("To fill in:", "記入してください:"),
    "import.comment.job": (
        "{name}: no selector names a job. Set `job` to the scrape job whose targets have its series.",
        "{name}: セレクターにジョブの指定がありません。この系列を持つスクレイプジョブを `job` に指定してください。",
    ),
    "import.version": (
        "{given} is no version that is read here\nExpected one of: {known}. Leave the file out, or name its dialect with --from.",
        "{given} はここで読めるバージョンではありません\n{known} のいずれかを指定してください。別の形式なら --from で指定するか、ファイルを対象から外してください。",
    ),
    "import.nothing": (
        "the file declares no objective\nName the files that do.",
        "このファイルに目標の宣言はありません\n目標を宣言しているファイルを指定してください。",
    ),
    "import.renamed": (
        "{given} is called {used} here\nNames are lower-case letters, digits and dashes, so that they fit in labels, addresses and file names.",
        "{given} の名前は {used} になります\nラベル、URL、ファイル名に使えるよう、名前は英小文字、数字、ハイフンだけにします。",
    ),
    "import.label": (
        "the label {name} is left out: alerts have one of that name of their own, or it is no name of a label\nRoute on another label, or on service and objective.",
        "ラベル {name} は引き継いでいません。アラート自身のラベルと同じ名前か、ラベル名として使えない名前です\nほかのラベルか、service と objective で振り分けてください。",
    ),
    "import.labels-differ": (
        "the service {service} has other labels elsewhere; those of the first objective are kept\nWrite the labels of the service in metadata.labels.",
        "サービス {service} のラベルがほかの場所と異なります。最初の目標のものを残します\nサービスのラベルを metadata.labels に書いてください。",
    ),
    "import.description": (
        "the description of {name} is left out: it is longer than a title\nKeep it in a comment, or in the runbook.",
        "{name} の説明は、表示名にするには長いため引き継いでいません\nコメントかランブックに残してください。",
    ),
    "import.slo-labels": (
        "labels of one objective are left out: alerts carry those of their service\nRoute on the label objective.",
        "目標ごとのラベルは引き継いでいません。アラートにはサービスのラベルが付きます\nラベル objective で振り分けてください。",
    ),
    "import.no-job": (
        "no selector of {name} names a job, so that lost data cannot be told from silence\nSet `job` in the file written, or give --job.",
        "{name} のセレクターにジョブの指定がないため、データの欠落と無通信を見分けられません\n書き出したファイルに `job` を書くか、--job を指定してください。",
    ),
    "import.no-pairs": (
        "no alert is left that could fire; the preset {preset} is used\nChoose pairs with alerting.policies.",
        "発報できるアラートが残らないため、プリセット {preset} を使います\nalerting.policies で組を指定してください。",
    ),
    "import.pair-dead": (
        "the alert over {long} and {short} is left out: a factor of {factor} can never be exceeded at {target}\nIt never fired before, either. Lower the factor if it should.",
        "ウィンドウ {long} と {short} のアラートは引き継いでいません。目標値 {target} では係数 {factor} を超えることがありません\nこれまでも発報しなかったアラートです。発報させるには係数を下げてください。",
    ),
    "import.pair-long": (
        "the alert over {long} and {short} with a factor of {factor} is left out: it looks further back than the objective's window of {window}\nChoose a shorter pair if nothing else covers it.",
        "ウィンドウ {long} と {short} (係数 {factor}) のアラートは引き継いでいません。目標の期間 {window} より長いためです\nほかの組で足りなければ、短い組を指定してください。",
    ),
    "import.pair-short": (
        "the alert over {long} and {short} with a factor of {factor} is left out: the short window is not shorter, or nothing\nGive the short window a twelfth of the long one.",
        "ウィンドウ {long} と {short} (係数 {factor}) のアラートは引き継いでいません。短いウィンドウが長い方より短くないか、長さがありません\n短いウィンドウは長い方の 12 分の 1 を目安にしてください。",
    ),
    "import.factor": (
        "a factor is no short decimal; it is rounded to {given}\nChange it in the file written if the fifth place matters.",
        "係数が短い小数で表せないため、{given} に丸めました\n5 桁目が重要なら、書き出したファイルを直してください。",
    ),
    "import.no-alerts": (
        "alerts were switched off, and every objective has some here; all of them are tickets\nSend this objective's tickets to nobody with a route, if nobody is to be told.",
        "アラートが無効になっていましたが、Kizashi の目標には必ずアラートがあります。すべて ticket にしました\nだれにも知らせないのであれば、この目標の ticket を通知先のない route に振り分けてください。",
    ),
    "import.alert-name": (
        "the alert's name {name} is not carried: alerts are called ErrorBudgetBurn here\nRoute on service, objective and severity.",
        "アラート名 {name} は引き継いでいません。Kizashi のアラート名は ErrorBudgetBurn です\nservice、objective、severity で振り分けてください。",
    ),
    "import.alert-label": (
        "the alert's label {name} is left out: alerts carry the labels of their service, and severity page or ticket\nRoute on service, objective and severity.",
        "アラートのラベル {name} は引き継いでいません。アラートには、サービスのラベルと、page か ticket の severity が付きます\nservice、objective、severity で振り分けてください。",
    ),
    "import.annotation": (
        "the annotation {name} is left out: alerts say in words of their own what happened\nKeep what people must do in the runbook.",
        "アノテーション {name} は引き継いでいません。何が起きたかは Kizashi のアラート自身が説明します\n対処の手順はランブックに書いてください。",
    ),
    "import.difference": (
        "the bad events are a difference, and what it is taken from is not the query for all events\nTake the good events from the same query as all events.",
        "悪いイベントが引き算で書かれていますが、引かれる側が全イベントのクエリと異なります\n全イベントと同じクエリから、良いイベントを引いてください。",
    ),
    "import.no-quotient": (
        "the ratio does not say which events it is made of\nWrite the objective with ratio.bad and ratio.valid, the counters behind it.",
        "この比率からは、どのイベントの割合かが分かりません\n元になるカウンターを ratio.bad と ratio.valid に書いてください。",
    ),
    "import.quotient": (
        "the query is a quotient where the events themselves are expected\nAdd up counters: sum(rate(metric{{…}}[5m])).",
        "イベントの数が必要なところに、割り算のクエリがあります\nsum(rate(metric{{…}}[5m])) のように、カウンターを足し合わせてください。",
    ),
    "import.no-growth": (
        "{given} is not the growth of counters, which is what a ledger counts\nUse rate or increase of a counter; for a gauge declare boolean or threshold.",
        "{given} はカウンターの増分ではないため、台帳で数えられません\nカウンターの rate か increase を使ってください。ゲージには boolean か threshold を宣言してください。",
    ),
    "import.no-sum": (
        "{given} is not summed, so that each series had a ratio of its own; they are counted together here\nDeclare one objective for each if they must be apart.",
        "{given} が sum されていないため、系列ごとに比率が出ていました。ここではまとめて数えます\n分ける必要があれば、それぞれに目標を宣言してください。",
    ),
    "import.sloth.plugin": (
        "the indicator is the plugin {name}, and what it asks is not in this file\nDeclare the objective by hand, or replace the plugin with the queries that it makes.",
        "指標がプラグイン {name} で、クエリの内容がこのファイルにありません\n目標を手で宣言するか、プラグインを実際のクエリに置き換えてください。",
    ),
    "import.sloth.slo-plugins": (
        "plugins are left out ({names}): they change rules of Sloth, which are not made here\nLook at what they do, and whether anything needs it.",
        "プラグイン ({names}) は引き継いでいません。Sloth のルールを変えるもので、ここではそのルールを作りません\nプラグインの役割を確かめ、必要かどうか判断してください。",
    ),
    "import.sloth.no-window": (
        "the query has no {{{{.window}}}}, so that its ratio had the same range in every window\nNothing to do: events are counted, whatever the range.",
        "クエリに {{{{.window}}}} がなく、どのウィンドウでも同じ範囲の比率になっていました\nここでは範囲によらずイベントを数えるため、対応は不要です。",
    ),
    "import.sloth.period": (
        "no windows are known for a period of {period}; those of 30 days are used with the same shares of the budget\nGive the file of AlertWindows as well, or choose pairs with alerting.policies.",
        "期間 {period} 用のウィンドウがないため、30 日用のウィンドウを同じバジェット消費率で使います\nAlertWindows のファイルも指定するか、alerting.policies で組を指定してください。",
    ),
    "import.pyrra.native": (
        "a latency read from a native histogram is not counted exactly here\nDeclare latency on a classic histogram whose edge is the threshold.",
        "ネイティブヒストグラムから読むレイテンシは、ここでは正確に数えられません\nしきい値を境界に持つ従来のヒストグラムに latency を宣言してください。",
    ),
    "import.pyrra.grouping": (
        "one objective for each {labels} was meant; here it is one over all of them\nDeclare an objective with a matcher for each value that must be apart.",
        "{labels} ごとに1 つの目標でしたが、ここでは全体で1 つになります\n分ける必要のある値には、マッチャーを付けた目標をそれぞれ宣言してください。",
    ),
    "import.for": (
        "alerts of {name} waited before they fired, each for another time; here they fire as soon as both windows are over the limit\nSet alerting.for if all of them shall wait.",
        "{name} のアラートはそれぞれ異なる時間だけ待ってから発報していましたが、ここでは両方のウィンドウが上限を超えるとすぐに発報します\nすべてのアラートを待たせるには alerting.for を指定してください。",
    ),
    "import.pyrra.dynamic": (
        "factors that follow the traffic are not carried; the fixed ones are used, and three bad events are needed\nRaise minBadEvents where little traffic must wake nobody.",
        "トラフィックに応じて変わる係数は引き継がず、固定の係数を使います。発報には悪いイベントが 3 つ必要です\nトラフィックが少ないときに呼び出されたくなければ minBadEvents を増やしてください。",
    ),
    "import.pyrra.absent": (
        "the alert on absent metrics was switched off; here lost data is told once it freezes an alert\nSet noData: good if data may come and go.",
        "メトリクスがないときのアラートは無効でしたが、ここではデータの欠落でアラートが凍結すると知らせます\nデータが途切れてもよければ noData: good を指定してください。",
    ),
    "import.service": (
        "no service is named; {name} goes to {service}\nChoose another one with --service.",
        "サービスの指定がないため、{name} を {service} に入れます\n別のサービスにするには --service を指定してください。",
    ),
    "import.severity": (
        "the severity of {key}, {given}, is not carried: alerts are page or ticket\nChange the pair's severity in the file written, if need be.",
        "{key} の重大度 {given} は引き継いでいません。アラートは page か ticket です\n必要なら、書き出したファイルで組の severity を直してください。",
    ),
    "import.rules-only": (
        "{key} is left out: it says how the other tool asks or writes, and nothing about the objective\nNothing to do.",
        "{key} は引き継いでいません。元のツールの問い合わせ方や書き出し方であり、目標の内容ではありません\n対応は不要です。",
    ),
    "import.window": (
        "no window is declared; {window} is used\nChoose another one with --window.",
        "期間の宣言がないため {window} を使います\n別の期間にするには --window を指定してください。",
    ),
    "import.label-own": (
        "the label {name} of one objective is left out: alerts carry those of their service\nWrite it in metadata.labels if it holds for the whole service.",
        "目標のラベル {name} は引き継いでいません。アラートにはサービスのラベルが付きます\nサービス全体に当てはまるなら metadata.labels に書いてください。",
    ),
    "import.slo-generator.backend": (
        "the backend {backend} with the method {method} cannot be counted here; of Prometheus good_bad_ratio, query_sli and distribution_cut can\nDeclare the objective on counters that Prometheus has.",
        "バックエンド {backend} のメソッド {method} は、ここでは数えられません。数えられるのは Prometheus の good_bad_ratio、query_sli、distribution_cut です\nPrometheus にあるカウンターで目標を宣言してください。",
    ),
    "import.slo-generator.step": (
        "the step {step} at {place} alerts on one window of {window}; here an alert has a long window and a short one, and the preset google-30d is used\nChoose pairs with alerting.policies.",
        "{place} のステップ {step} は1 つのウィンドウ ({window}) でアラートを出しますが、ここでは長短2 つのウィンドウを使うため、プリセット google-30d にしました\nalerting.policies で組を指定してください。",
    ),
    "import.slo-generator.no-valid": (
        "good and bad events have no selector in common that counts both and nothing else\nWrite filter_valid, the selector of all events.",
        "良いイベントと悪いイベントの両方だけを数える、共通のセレクターがありません\n全イベントのセレクターを filter_valid に書いてください。",
    ),
    "import.slo-generator.no-bucket": (
        "the expression selects no buckets of a histogram\nName the metric that ends in _bucket.",
        "この式はヒストグラムのバケットを選んでいません\n_bucket で終わるメトリクスを指定してください。",
    ),
    "import.prometheus.not-burn": (
        "the alert {name} is left out: it compares no share of events over two windows with factor * (1 - target)\nKeep it in your rule files.",
        "アラート {name} は引き継いでいません。2 つのウィンドウのイベントの割合を、係数 × (1 − 目標値) と比べるものではないためです\n元のルールファイルに残してください。",
    ),
    "import.prometheus.windows": (
        "the alert {name} is left out: its conditions are not a long window and a short one\nDeclare the objective by hand, with a pair of windows.",
        "アラート {name} は引き継いでいません。条件が長短 2 つのウィンドウになっていないためです\nウィンドウの組を指定して、目標を手で宣言してください。",
    ),
    "import.prometheus.limit": (
        "the alert {name} is left out: its limit is one number, of which factor and target cannot be told\nWrite the limit as a product, such as 14.4 * (1 - 0.999), and import it again.",
        "アラート {name} は引き継いでいません。上限が 1 つの数なので、係数と目標値が分かりません\n14.4 * (1 - 0.999) のような積で書いて、もう一度引き継いでください。",
    ),
    "import.prometheus.grouped": (
        "the alert {name} is left out: its share is grouped, and nothing says which group is meant\nGive the group in a matcher, or declare an objective for each group by hand.",
        "アラート {name} は引き継いでいません。割合がグループごとに分かれ、どのグループかが決まらないためです\nマッチャーでグループを指定するか、グループごとに目標を手で宣言してください。",
    ),
    "import.prometheus.no-rules": (
        "the file holds no rules\nName rule files, or objects PrometheusRule; leave others out.",
        "このファイルにルールはありません\nルールファイルか PrometheusRule を指定し、ほかのファイルは対象から外してください。",
    ),
    "import.prometheus.record": (
        "the recording rule {name} is left out: no objective was made of it\nKeep it in your rule files if something reads it.",
        "記録ルール {name} は引き継いでいません。目標の元になっていないためです\n使っているものがあれば、元のルールファイルに残してください。",
    ),
}
