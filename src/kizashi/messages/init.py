"""What ``kizashi init`` says, and the comments in what it writes."""

TEXTS: dict[str, tuple[str, str]] = {
    "init.help": (
        "Propose first objectives: read a page of metrics, a Prometheus-compatible server, a rule file, or a running Kizashi's targets, list what is there, and write kizashi.yaml and a commented declaration. Nothing is ever overwritten.",
        "最初の目標を提案します。メトリクスのページ、Prometheus 互換サーバー、ルールファイル、稼働中の Kizashi の収集対象を読み、見つけたものを一覧にして、kizashi.yaml とコメント付きの宣言を書き出します。既存のファイルを上書きすることはありません。",
    ),
    "init.usage": (
        "kizashi init URL [--yes] [--service NAME] [--target 99.9%] [--job JOB] [--out DIR]",
        "kizashi init URL [--yes] [--service 名前] [--target 99.9%] [--job ジョブ] [--out フォルダー]",
    ),
    "init.option.place": (
        "Where to look: an exporter (host:port is enough), a server, a running Kizashi, or a rule file (path or URL).",
        "調べる場所: エクスポーター (host:port だけでかまいません)、サーバー、稼働中の Kizashi、またはルールファイル (パスか URL)。",
    ),
    "init.option.yes": (
        "Take the proposals as they are and ask nothing.",
        "質問せず、提案をそのまま採用します。",
    ),
    "init.option.service": (
        "The service's name (default: the job's or the host's).",
        "サービスの名前 (既定値: ジョブまたはホストの名前)。",
    ),
    "init.option.target": (
        "The availability target, such as 99.9%. Without it the data decide.",
        "可用性の目標値 (例: 99.9%)。指定がなければデータから決めます。",
    ),
    "init.option.job": (
        "The job, where a server has several.",
        "サーバーに複数のジョブがあるときの対象ジョブ。",
    ),
    "init.option.out": (
        "The folder to write to (default: this one).",
        "書き出すフォルダー (既定値: 現在のフォルダー)。",
    ),
    "init.option.upstream": (
        "For a rule file: the Prometheus-compatible server that is read.",
        "ルールファイルの場合に読み取る Prometheus 互換サーバー。",
    ),
    "init.option.token-file": (
        "A file with the bearer token that the address wants; kizashi.yaml names the file, not the token.",
        "アドレスが要求する Bearer トークンのファイル。kizashi.yaml に書くのはファイル名だけで、トークンは書きません。",
    ),
    "init.option.ca-file": (
        "A file with the certificate authority to trust for https.",
        "https で信頼する認証局の証明書ファイル。",
    ),
    # What it is.
    "init.is.page": (
        "{origin} is a page of metrics.",
        "{origin} はメトリクスのページです。",
    ),
    "init.is.server": (
        "{origin} is a Prometheus-compatible server. Events are those of the last day, as increase() estimates them.",
        "{origin} は Prometheus 互換サーバーです。イベントの件数は increase() による直近 1 日の推定値です。",
    ),
    "init.is.kizashi": (
        "{origin} is a running Kizashi; the pages of its targets are read, at most two of each job.",
        "{origin} は稼働中の Kizashi です。その収集対象のページを、ジョブごとに 2 つまで読みます。",
    ),
    "init.is.rules": (
        "{origin} is a file of the dialect {dialect}.",
        "{origin} は {dialect} 形式のファイルです。",
    ),
    # What was found.
    "init.found": ("Found for {service}:", "{service} で見つけたもの:"),
    "init.found.counter": (
        "counter {metric}: {label} is {values}; events: {count}",
        "カウンター {metric}: {label} は {values}、イベント {count} 件",
    ),
    "init.found.histogram": (
        "histogram {metric}: edges {edges}; events: {count}",
        "ヒストグラム {metric}: 境界は {edges}、イベント {count} 件",
    ),
    "init.found.histogram-unit": (
        "histogram {metric}: edges {edges} of a unit that its name does not say; events: {count}",
        "ヒストグラム {metric}: 境界は {edges} (単位は名前から分かりません)、イベント {count} 件",
    ),
    "init.found.others": (
        "other histograms: {names}",
        "その他のヒストグラム: {names}",
    ),
    "init.found.switch": (
        "gauge {metric}: 1 for yes, 0 for no",
        "ゲージ {metric}: 1 は肯定、0 は否定",
    ),
    "init.found.gauges": (
        "other gauges: {count}",
        "その他のゲージ: {count} 個",
    ),
    "init.found.preset": (
        "preset of golden signals: {names}",
        "ゴールデンシグナルのプリセット: {names}",
    ),
    "init.found.nothing": (
        "nothing that counts or times requests",
        "リクエストの件数や時間を数えるものはありません",
    ),
    "init.unseen": (
        "{origin} could not be looked at: {why}",
        "{origin} を調べられませんでした: {why}",
    ),
    "init.too-many": (
        "too many series",
        "系列が多すぎます",
    ),
    "init.beyond": (
        "too many at once; ask for one job alone with --job",
        "一度に調べられる数を超えています。--job で 1 つのジョブだけを調べられます",
    ),
    "init.proposed": ("Proposed for {service}:", "{service} への提案:"),
    "init.objective": (
        "{name}: {target} over {window} of {metric}",
        "{name}: {window} で {target} ({metric})",
    ),
    # Why, and what to beware of. The comments of the declaration say the same.
    "init.why.failed": (
        "Bad events are those with {failed}.",
        "悪いイベントは {failed} のものです。",
    ),
    "init.why.no-success": (
        "No failure has been seen yet, so its value is unknown: everything with {failed} counts as bad. Correct it once you know the value.",
        "失敗がまだ観測されておらず、その値が分かりません。そのため {failed} をすべて悪いイベントとします。分かったら書き直してください。",
    ),
    "init.why.none-failed": (
        "None has failed yet; series with {failed} appear with the first failure.",
        "まだ失敗はありません。{failed} の系列は最初の失敗とともに現れます。",
    ),
    "init.why.people": (
        "Scrapes and health checks are left out: {without}.",
        "スクレイプとヘルスチェックは除きます: {without}。",
    ),
    "init.why.people-open": (
        "Scrapes, health checks and calls that stay open are left out: {without}.",
        "スクレイプ、ヘルスチェック、開いたままの呼び出しは除きます: {without}。",
    ),
    "init.why.edge": (
        "Good events take at most {below}. The threshold must be an edge of the histogram; it has {edges}.",
        "良いイベントは {below} 以内のものです。しきい値はヒストグラムの境界でなければなりません。境界は {edges} です。",
    ),
    "init.why.switch": (
        "Each scrape is one event, bad while {metric} is 0. It says whether something can be reached, not how many requests fail; count requests when you can.",
        "スクレイプ 1 回が 1 イベントで、{metric} が 0 なら悪いイベントです。分かるのは到達できるかどうかで、失敗したリクエストの数ではありません。できればリクエストを数えてください。",
    ),
    "init.target.given": (
        "You chose the target {target}. So far {bad} of {valid} events were bad.",
        "目標値 {target} は指定されたものです。これまでのイベント {valid} 件のうち悪いイベントは {bad} 件です。",
    ),
    "init.target.unseen": (
        "The target {target} is only a starting point: no event has been counted yet. Review it after a week.",
        "目標値 {target} は出発点にすぎません。まだイベントが 1 件も数えられていません。1 週間後に見直してください。",
    ),
    "init.target.few": (
        "The target is {target}: {bad} of {valid} events were bad, too few events to support a higher one.",
        "目標値は {target} です。イベント {valid} 件のうち悪いイベントは {bad} 件で、この件数ではこれより高い目標値を裏付けられません。",
    ),
    "init.target.failures": (
        "The target is {target}: {bad} of {valid} events ({bad_share}) were bad, which would spend more than half the budget of a higher one.",
        "目標値は {target} です。イベント {valid} 件のうち {bad} 件 ({bad_share}) が悪いイベントで、これより高い目標値ではバジェットの半分以上を消費します。",
    ),
    "init.target.steady": (
        "The target is {target}: {bad} of {valid} events ({bad_share}) were bad, at most half of what it allows.",
        "目標値は {target} です。イベント {valid} 件のうち悪いイベントは {bad} 件 ({bad_share}) で、許容の半分以下です。",
    ),
    "init.beware.short": (
        "These counts cover only {span}, too short to include busy hours and nights. Review the target after a week.",
        "実績の期間は {span}にすぎず、混雑する時間帯や夜間を含んでいません。1 週間後に見直してください。",
    ),
    "init.beware.no-span": (
        "It is unknown over how long they were counted. Review the target after a week.",
        "どれだけの期間で数えたものかは分かりません。1 週間後に見直してください。",
    ),
    "init.beware.overspent": (
        "More events were bad than {target} allows: the budget would be exhausted.",
        "悪いイベントが {target} の許容を超えています。バジェットは枯渇していたことになります。",
    ),
    # What is missing.
    "init.missing.outcome": (
        "Nothing here can be an availability objective yet: no counter has a label that tells whether a request failed, such as code, status or result. Instrument the service, or read its ingress or proxy.",
        "可用性の目標にできるものがまだありません。リクエストの成否を示すラベル (code、status、result など) を持つカウンターがありません。サービスを計装するか、イングレスやプロキシのメトリクスを読んでください。",
    ),
    "init.missing.probe": (
        "This page is about the exporter itself. Give one of its probes, such as '127.0.0.1:9115/probe?module=http_2xx&target=https://shop.example.com'.",
        "これはエクスポーター自身のページです。'127.0.0.1:9115/probe?module=http_2xx&target=https://shop.example.com' のようにプローブを指定してください。",
    ),
    "init.missing.unclear": (
        "{metric} has {label} with {values}: which of these are failures, its name does not say. Declare bad by hand.",
        "{metric} の {label} は {values} ですが、どれが失敗か判断できません。bad を手で宣言してください。",
    ),
    "init.missing.failing": (
        "{metric} is not proposed: more failed than even 90% allows. Find out why first, or give --target.",
        "{metric} は提案しません。90% の許容さえ超えて失敗しています。先に原因を調べるか、--target を指定してください。",
    ),
    "init.missing.histogram": (
        "Nothing here can be a latency objective yet: no histogram of request durations. Summaries and averages do not tell how many requests were slow.",
        "レイテンシの目標にできるものがまだありません。リクエスト時間のヒストグラムがありません。サマリーや平均からは、遅かったリクエストの数は分かりません。",
    ),
    "init.missing.unit": (
        "{metric} is not proposed: its name does not say whether its edges are seconds.",
        "{metric} は提案しません。境界の単位が秒かどうか、名前から分かりません。",
    ),
    "init.missing.slow": (
        "{metric} is not proposed: more than a tenth took longer than its highest edge. Add higher edges.",
        "{metric} は提案しません。1 割を超えるイベントが最大の境界より長くかかっています。より大きな境界を追加してください。",
    ),
    "init.missing.declared": (
        "A service {service} is declared already. Give another name with --service, and --job where there are several.",
        "サービス {service} はすでに宣言されています。--service で別の名前を (ジョブが複数あれば --job も) 指定してください。",
    ),
    # Questions.
    "init.ask.service": (
        "Service name [{service}]:",
        "サービスの名前 [{service}]:",
    ),
    "init.ask.objective": (
        "{name} at {target}? Enter takes it, n leaves it out, or type another target:",
        "{name} の目標値は {target} でよいですか? Enter で採用、n で見送り、別の目標値も入力できます:",
    ),
    # The end.
    "init.nothing": (
        "Nothing was written: nothing here can be an objective yet.",
        "何も書き出していません。目標にできるものがまだありません。",
    ),
    "init.none-chosen": (
        "Nothing was written: no objective was chosen.",
        "何も書き出していません。目標が 1 つも選ばれませんでした。",
    ),
    "init.no-terminal": (
        "Nothing was written: there is no terminal to ask on. Add --yes to take the proposals.",
        "何も書き出していません。質問できる端末ではありません。提案を採用するには --yes を付けてください。",
    ),
    "init.next": (
        "Next:\n  kizashi check --config {config}\n  kizashi serve --config {config}",
        "次のコマンド:\n  kizashi check --config {config}\n  kizashi serve --config {config}",
    ),
    "init.next.no-source": (
        "Next: name the server in {config}, as the comment there shows, then\n  kizashi check --config {config}\n  kizashi serve --config {config}",
        "次に: {config} のコメントに従ってサーバーを指定し、次を実行してください。\n  kizashi check --config {config}\n  kizashi serve --config {config}",
    ),
    "init.next.kizashi": (
        "Next: name {names} in `declarations` of the kizashi.yaml that runs there, then check and reload it.",
        "次に: そこで使っている kizashi.yaml の declarations に {names} を加え、check してから再読み込みしてください。",
    ),
    # What stands in the files.
    "init.file.declaration": (
        "What {service} promises: a proposal from {origin}.\nChange what does not fit; kizashi check says what is wrong.",
        "{service} の目標です。{origin} をもとにした提案です。\n合わないところは書き換えてください。誤りは kizashi check で分かります。",
    ),
    "init.file.configuration": (
        "What is read, and which objectives are kept. Every key: /docs of the running server.",
        "何を読み、どの目標を管理するか。すべてのキーの説明は、稼働中のサーバーの /docs にあります。",
    ),
    "init.file.no-source": (
        "Nothing is measured until a server is read or something is scraped:\nupstream: {{url: 'http://prometheus:9090'}}",
        "サーバーを読むか何かをスクレイプするまで、何も測定されません:\nupstream: {{url: 'http://prometheus:9090'}}",
    ),
    "init.file.receivers": (
        "Nobody is notified yet; this notifies a webhook:\nroute: {{receiver: team}}\nreceivers: [{{name: team, webhook_configs: [{{url: 'http://127.0.0.1:9000/'}}]}}]",
        "まだだれにも通知されません。次のように書くと Webhook に通知します:\nroute: {{receiver: team}}\nreceivers: [{{name: team, webhook_configs: [{{url: 'http://127.0.0.1:9000/'}}]}}]",
    ),
    # What is wrong.
    "init.no-place": (
        "Name an address or a rule file, such as 127.0.0.1:8000.",
        "127.0.0.1:8000 のように、アドレスかルールファイルを指定してください。",
    ),
    "init.address-secret": (
        "An address must not hold a password: everybody on this machine can read it. Give a file with a bearer token: --token-file FILE.",
        "アドレスにパスワードを含めないでください。このマシンのだれからも読めます。Bearer トークンのファイルを --token-file で指定してください。",
    ),
    "init.bad-target": (
        "{given} is not a target. Expected a share above 0 and below 100%, such as 99.9%.",
        "{given} は目標値ではありません。99.9% のように、0 より大きく 100% 未満の割合を指定してください。",
    ),
    "init.bad-service": (
        "{given} is not a service's name. Expected lower-case letters, digits and hyphens, such as {near}.",
        "{given} はサービスの名前になりません。{near} のように英小文字、数字、ハイフンを使ってください。",
    ),
    "init.several": (
        "--service names one service, and there are several jobs: {jobs}. Choose one with --job.",
        "--service で付けられる名前は 1 つですが、ジョブが複数あります: {jobs}。--job で 1 つ選んでください。",
    ),
    "init.no-job": (
        "{url} has no series of a job that could be an objective.",
        "{url} には、目標にできる系列を持つジョブがありません。",
    ),
    "init.unreachable": (
        "{url} cannot be reached: {why}. Check the address, and that it runs.",
        "{url} に接続できません: {why}。アドレスと、稼働していることを確かめてください。",
    ),
    "init.no-answer": (
        "{url} does not answer with metrics: {why}.",
        "{url} からメトリクスを取得できません: {why}。",
    ),
    "init.wants-login": (
        "{url} wants a login ({why}). Give a file with its bearer token: --token-file FILE.",
        "{url} は認証を要求しています ({why})。Bearer トークンのファイルを --token-file で指定してください。",
    ),
    "init.html": (
        "{url} answers with a web page, not with metrics. Give the path of its metrics, often /metrics.",
        "{url} の応答は Web ページで、メトリクスではありません。メトリクスのパス (多くは /metrics) を指定してください。",
    ),
    "init.no-page": (
        "{url} is no page of metrics: {why}.",
        "{url} はメトリクスのページではありません: {why}。",
    ),
    "init.empty": (
        "{url} is a page without a single sample. Is the service instrumented?",
        "{url} にはサンプルが 1 つもありません。サービスは計装されていますか?",
    ),
    "init.no-rules": (
        "{url} has no rules or declarations that can be recognised; kizashi import --from names the dialect.",
        "{url} から、形式の分かるルールや宣言は見つかりません。kizashi import --from で形式を指定できます。",
    ),
    "init.not-text": (
        "{url} is not UTF-8 text.",
        "{url} は UTF-8 のテキストではありません。",
    ),
    "init.too-heavy": (
        "{url} took too long or too much memory to read.",
        "{url} は読み取りに時間またはメモリーがかかりすぎました。",
    ),
    "init.disk": (
        "{path} cannot be written: {why}. Choose another folder with --out.",
        "{path} に書き込めません: {why}。--out で別のフォルダーを指定してください。",
    ),
}
