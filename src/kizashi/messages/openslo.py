"""What can be said of OpenSLO documents: what is wrong, taken for granted, or left out.

Each text has two lines: the first says what is so, the second what to do.
"""

TEXTS: dict[str, tuple[str, str]] = {
    "openslo.version": (
        "OpenSLO of version {given} is not read\nWrite openslo/v1 and the fields of that version.",
        "OpenSLO のバージョン {given} には対応していません\nopenslo/v1 と書き、そのバージョンの項目を使ってください。",
    ),
    "openslo.kind": (
        "OpenSLO has no kind {given}\nDid you mean {near}?",
        "OpenSLO に kind {given} はありません\n{near} の間違いではありませんか。",
    ),
    "openslo.twice": (
        "the {kind} {name} is declared twice; the first is at {first}\nRename one of them.",
        "{kind} {name} が二重に宣言されています (最初は {first})\nどちらかの名前を変えてください。",
    ),
    "openslo.name": (
        "{key} is {given}, which OpenSLO does not take for a name: at most 63 lower-case letters, digits and dashes\nWrite {used}; it is taken for that where reading is not strict.",
        "{key} の {given} は OpenSLO の名前の形 (英小文字、数字、ハイフンで 63 文字以内) ではありません\n{used} と書いてください。厳格でなければ {used} とみなします。",
    ),
    "openslo.long-text": (
        "{key} has {length} characters, more than OpenSLO's {limit}\nShorten it; where reading is not strict it is taken whole.",
        "{key} が {length} 文字あり、OpenSLO の上限 {limit} を超えています\n短くしてください。厳格でなければそのまま読みます。",
    ),
    "openslo.label-key": (
        "{given} is not the key of an OpenSLO label\nUse letters, digits, dashes, underscores and dots, at most 63, with a letter or digit at both ends.",
        "{given} は OpenSLO のラベルのキーの形ではありません\n英数字、ハイフン、アンダースコア、ドットで 63 文字以内とし、両端は英数字にしてください。",
    ),
    "openslo.label-value": (
        "the label {key} is neither a text nor a list of texts\nWrite a text, or texts in a list.",
        "ラベル {key} が文字列でも文字列のリストでもありません\n文字列か、文字列のリストを書いてください。",
    ),
    "openslo.annotation-key": (
        "{given} is not the key of an annotation\nWrite a name of at most 63 characters, with a DNS name and a slash before it if you like.",
        "{given} はアノテーションのキーの形ではありません\n63 文字以内の名前を書いてください。前に DNS 名とスラッシュを付けることもできます。",
    ),
    "openslo.annotation-reserved": (
        "{given} is an annotation that OpenSLO keeps for itself\nUse a prefix of your own.",
        "{given} は OpenSLO が予約しているアノテーションです\n自分の接頭辞を使ってください。",
    ),
    "openslo.duration": (
        "{key} is {given}; expected a duration of OpenSLO\nWrite a whole number with one of m h d w M Q Y, such as 5m or 30d; M is a month.",
        "{key} の {given} は OpenSLO の時間の長さではありません\n5m や 30d のように、整数に m h d w M Q Y のいずれかを付けてください。M は月です。",
    ),
    "openslo.duration-form": (
        "{key} is {given}, a duration of Prometheus and not of OpenSLO\nWrite a whole number with one of m h d w M Q Y; where reading is not strict it is taken as it is.",
        "{key} の {given} は Prometheus の書き方で、OpenSLO の書き方ではありません\n整数に m h d w M Q Y のいずれかを付けてください。厳格でなければこのまま読みます。",
    ),
    "openslo.number-minutes": (
        "{key} is {given}, a number without a unit\nWrite {given}m; where reading is not strict it is taken for minutes.",
        "{key} の {given} に単位がありません\n{given}m と書いてください。厳格でなければ分とみなします。",
    ),
    "openslo.letter-case": (
        "{key} is {given}\nWrite {used}; it is taken for that where reading is not strict.",
        "{key} が {given} になっています\n{used} と書いてください。厳格でなければ {used} とみなします。",
    ),
    "openslo.one-of": (
        "{where} has none of {keys}\nAdd one of them.",
        "{where} に {keys} のどれもありません\nいずれかを追加してください。",
    ),
    "openslo.only-one": (
        "more than one of {keys} is given\nKeep one of them.",
        "{keys} のうち 2 つ以上が指定されています\n1 つだけを残してください。",
    ),
    "openslo.inline-kind": (
        "an object that stands inside another one does not say its kind\nAdd kind: {kind}; it is taken for that where reading is not strict.",
        "ほかのオブジェクトの中に書かれたオブジェクトに kind がありません\nkind: {kind} を追加してください。厳格でなければそうみなします。",
    ),
    "openslo.inline-other": (
        "the kind is {given}, but only {kind} can stand here\nWrite {kind}.",
        "kind が {given} ですが、ここに書けるのは {kind} だけです\n{kind} と書いてください。",
    ),
    "openslo.plain-ref": (
        "a name stands alone where OpenSLO v1 has a reference\nWrite {key}: {given}; it is taken for that where reading is not strict.",
        "OpenSLO v1 では参照を書くところに、名前だけがあります\n{key}: {given} と書いてください。厳格でなければそうみなします。",
    ),
    "openslo.empty": (
        "{key} is empty\nGive it at least one entry, such as query.",
        "{key} が空です\nquery など、少なくとも 1 つの項目を書いてください。",
    ),
    "openslo.unresolved": (
        "no file declares the {kind} {name}\nDeclare it, or correct the name; there are: {near}.",
        "{kind} {name} は、どのファイルにも宣言されていません\n宣言を追加するか、名前を直してください。近いもの: {near}",
    ),
    "openslo.data-source": (
        "the connection of the data source {name} is not used\nWhat is measured comes from scrape_configs or upstream in kizashi.yaml.",
        "データソース {name} の接続先は使いません\n測るデータは kizashi.yaml の scrape_configs か upstream から取ります。",
    ),
    "openslo.no-source": (
        "no file declares the DataSource {name}\nDeclare it; where reading is not strict the type beside it is enough.",
        "DataSource {name} は、どのファイルにも宣言されていません\n宣言を追加してください。厳格でなければ、隣の type だけで読みます。",
    ),
    "openslo.source-type": (
        "queries of {given} are not read\nUse a source of type Prometheus, whose queries are PromQL.",
        "{given} のクエリには対応していません\nPromQL で問い合わせる Prometheus 型のデータソースを使ってください。",
    ),
    "openslo.no-query": (
        "the metric source holds no query\nWrite it in one of {keys} of its spec.",
        "メトリクスのソースにクエリがありません\nspec の {keys} のいずれかに書いてください。",
    ),
    "openslo.query-template": (
        "the query holds a template, and is no PromQL with it\nWrite it without templates, as Prometheus would be asked.",
        "クエリにテンプレートが含まれるため、PromQL として読めません\nテンプレートを使わず、Prometheus に尋ねるとおりに書いてください。",
    ),
    "openslo.query-form": (
        "the events of this query cannot be told: {why}\nAdd up counters: sum(rate(metric{{…}}[5m])), sum(increase(metric{{…}}[5m])) or sum(metric{{…}}).",
        "このクエリからは、イベントを数えられません: {why}\nsum(rate(metric{{…}}[5m]))、sum(increase(metric{{…}}[5m]))、sum(metric{{…}}) のように、カウンターを足し合わせてください。",
    ),
    "openslo.query-grouped": (
        "the query gives several results where an indicator is one: {why}\nRemove by and without.",
        "指標は 1 つなのに、クエリの結果がいくつにも分かれます: {why}\nby や without を取り除いてください。",
    ),
    "openslo.threshold-form": (
        "the samples of this query are not those of a gauge\nName one gauge with matchers; what is worked out from several samples has no events of its own. For latency use ratioMetric with a histogram's bucket.",
        "このクエリの値は、ゲージのサンプルそのものではありません\nゲージを 1 つ、マッチャー付きで書いてください。いくつものサンプルから計算した値はイベントになりません。所要時間には、ヒストグラムのバケットを使う ratioMetric が向いています。",
    ),
    "openslo.quotient": (
        "the query divides, where it should count one side\nWrite the counters alone; good, bad and total are counted apart.",
        "片側だけを数えるところに、割り算のクエリがあります\nカウンターだけを書いてください。good、bad、total は別々に数えます。",
    ),
    "openslo.raw": (
        "the ratio is raw, and its query does not tell good, bad and all events apart\nWrite good or bad, and total; or a quotient of two sums of counters.",
        "raw の比率からは、良い・悪い・全体のイベントを数えられません\ngood か bad と total を書くか、カウンターの和どうしの割り算にしてください。",
    ),
    "openslo.raw-alone": (
        "{key} stands beside raw\nA raw ratio has no sides; remove one of the two.",
        "raw の横に {key} があります\nraw の比率に良い・悪いの区別はありません。どちらかを取り除いてください。",
    ),
    "openslo.raw-type": (
        "rawType stands without raw\nRemove it.",
        "raw がないのに rawType があります\n取り除いてください。",
    ),
    "openslo.same-as-total": (
        "{side} selects the same events as total, so that everything or nothing would be bad\nNarrow {side} down.",
        "{side} が total と同じイベントを選んでいるため、すべてが悪いか、何も悪くないことになります\n{side} を絞り込んでください。",
    ),
    "openslo.counter-rate": (
        "the ratio says counter: true, but the query takes a rate\nWrite counter: false; the counters inside are counted where reading is not strict.",
        "比率に counter: true とありますが、クエリは増加率を取っています\ncounter: false と書いてください。厳格でなければ、中のカウンターを数えます。",
    ),
    "openslo.counter-bare": (
        "the ratio does not say counter: true, but the query names plain series\nWrite counter: true; they are taken for counters where reading is not strict.",
        "比率に counter: true がありませんが、クエリは系列をそのまま選んでいます\ncounter: true と書いてください。厳格でなければカウンターとみなします。",
    ),
    "openslo.op-with-ratio": (
        "op and value belong to a threshold, and this is a ratio\nRemove them; they are left out where reading is not strict.",
        "op と value はしきい値のためのものですが、これは比率です\n取り除いてください。厳格でなければ無視します。",
    ),
    "openslo.op-needed": (
        "the objective has a threshold metric and does not say which values are good\nAdd op and value.",
        "しきい値の指標なのに、どの値が良いかが目標に書かれていません\nop と value を追加してください。",
    ),
    "openslo.no-objective": (
        "the SLO has no objective\nAdd one with a target.",
        "SLO に目標がありません\ntarget のある目標を追加してください。",
    ),
    "openslo.indicator-twice": (
        "both the SLO and this objective have an indicator\nKeep the SLO's, or one in each objective.",
        "SLO とこの目標の両方に指標があります\nSLO の指標か、目標ごとの指標のどちらかにしてください。",
    ),
    "openslo.target-range": (
        "{key} is {given}; expected from 0 to below {most}\nWrite a share for target, such as 0.995, or percent for targetPercent, such as 99.5.",
        "{key} の {given} は 0 以上 {most} 未満ではありません\ntarget には 0.995 のような割合を、targetPercent には 99.5 のような百分率を書いてください。",
    ),
    "openslo.slice-target": (
        "timeSliceTarget is {given}; expected above 0 and at most 1\nWrite a share, such as 0.95.",
        "timeSliceTarget の {given} は 0 より大きく 1 以下ではありません\n0.95 のような割合を書いてください。",
    ),
    "openslo.weight": (
        "compositeWeight is {given}; expected above 0\nWrite a weight, such as 1.",
        "compositeWeight の {given} は 0 より大きくありません\n1 のような重みを書いてください。",
    ),
    "openslo.no-window": (
        "the SLO has no time window\nAdd timeWindow with a duration; where reading is not strict 30d are taken.",
        "SLO に期間がありません\nduration のある timeWindow を追加してください。厳格でなければ 30d とみなします。",
    ),
    "openslo.one-window": (
        "an SLO has one time window\nRemove this one; it is left out where reading is not strict.",
        "SLO の期間は 1 つです\nこれを取り除いてください。厳格でなければ無視します。",
    ),
    "openslo.rolling-unsaid": (
        "the time window says neither isRolling nor calendar\nAdd isRolling: true; it is taken for that where reading is not strict.",
        "期間に isRolling も calendar もありません\nisRolling: true を追加してください。厳格でなければそうみなします。",
    ),
    "openslo.calendar-rolling": (
        "a rolling window has no calendar\nRemove calendar, or write isRolling: false.",
        "直近の期間に calendar は付けられません\ncalendar を取り除くか、isRolling: false と書いてください。",
    ),
    "openslo.calendar": (
        "{key} is {given}, which is not of the form expected\nWrite a start such as 2026-01-01 00:00:00, and an IANA time zone such as Asia/Tokyo.",
        "{key} の {given} は期待する形ではありません\n始まりは 2026-01-01 00:00:00 のように、タイムゾーンは Asia/Tokyo のように IANA の名前で書いてください。",
    ),
    "openslo.method": (
        "budgetingMethod {given} is not kept: a ledger counts events, not slices of time\nWrite Occurrences to have it counted here.",
        "budgetingMethod {given} には対応していません (台帳が数えるのは時間の枠ではなくイベントです)\nここで数えるには Occurrences と書いてください。",
    ),
    "openslo.calendar-window": (
        "windows that follow the calendar are not kept\nWrite isRolling: true to have it counted here.",
        "暦に合わせた期間には対応していません\nここで数えるには isRolling: true と書いてください。",
    ),
    "openslo.composite": (
        "an SLO of several indicators is not kept\nWrite an SLO for each indicator.",
        "複数の指標からなる SLO には対応していません\n指標ごとに SLO を書いてください。",
    ),
    "openslo.weighted": (
        "compositeWeight is not kept\nRemove it; each objective is kept by itself.",
        "compositeWeight には対応していません\n取り除いてください。目標は 1 つずつ数えます。",
    ),
    "openslo.no-service": (
        "no file declares the service {name}\nAdd a document of kind Service; where reading is not strict it is taken for declared.",
        "サービス {name} は、どのファイルにも宣言されていません\nkind: Service の文書を追加してください。厳格でなければ、宣言されたものとみなします。",
    ),
    "openslo.no-service-near": (
        "no file declares the service {name}\nDid you mean {near}? Where reading is not strict it is taken for a service of its own.",
        "サービス {name} は、どのファイルにも宣言されていません\n{near} の間違いではありませんか。厳格でなければ、別のサービスとみなします。",
    ),
    "openslo.no-job": (
        'no job is named: until series are seen, coverage is measured on every job\nAdd the annotation kizashi.dev/job to the SLO, or a matcher such as job="todo" to its queries.',
        'ジョブが指定されていません (系列が現れるまで、カバレッジはすべてのジョブで測られます)\nSLO にアノテーション kizashi.dev/job を付けるか、クエリに job="todo" のようなマッチャーを追加してください。',
    ),
    "openslo.jobs-differ": (
        "the queries name several jobs: {jobs}\nAdd the annotation kizashi.dev/job to the SLO, with the one that coverage is measured on.",
        "クエリに複数のジョブがあります: {jobs}\nカバレッジを測るジョブを、アノテーション kizashi.dev/job で SLO に指定してください。",
    ),
    "openslo.label": (
        "the label {key} is not carried by alerts\nAlerts take labels of one value, whose names are letters, digits and underscores, and none that they have already.",
        "ラベル {key} はアラートに付きません\nアラートに付くのは、値が 1 つで、名前が英数字とアンダースコアからなり、アラートが元から持つ名前でないラベルだけです。",
    ),
    "openslo.no-condition": (
        "the alert policy has no condition\nAdd one.",
        "アラートポリシーに条件がありません\n1 つ追加してください。",
    ),
    "openslo.one-condition": (
        "an alert policy of OpenSLO has exactly one condition\nWrite another policy for this one; where reading is not strict both count.",
        "OpenSLO のアラートポリシーの条件はちょうど 1 つです\nこの条件には別のポリシーを書いてください。厳格でなければ、どちらも使います。",
    ),
    "openslo.no-target": (
        "the alert policy has no notification target\nAdd one; where reading is not strict none is needed.",
        "アラートポリシーに通知先がありません\n1 つ追加してください。厳格でなければ、なくても読みます。",
    ),
    "openslo.target": (
        "the notification target {name} is not carried\nWho is told is said by route and receivers in kizashi.yaml.",
        "通知先 {name} は引き継がれません\nだれに知らせるかは kizashi.yaml の route と receivers で決めます。",
    ),
    "openslo.resolved": (
        "alertWhenResolved: false of the alert policy {name} is not carried\nWhether the end of an alert is told is said by send_resolved of a receiver in kizashi.yaml.",
        "アラートポリシー {name} の alertWhenResolved: false は引き継がれません\n解決を知らせるかどうかは kizashi.yaml のレシーバーの send_resolved で決めます。",
    ),
    "openslo.not-breaching": (
        "the alert policy {name} says alertWhenBreaching: false, so that its conditions are left out\nWrite true to be told when the budget burns.",
        "アラートポリシー {name} に alertWhenBreaching: false とあるため、その条件は使いません\nバジェットの消費を知らせてほしいなら true と書いてください。",
    ),
    "openslo.default-policy": (
        "the SLO has no alert policy, so that the preset {preset} applies\nAdd alertPolicies to choose for yourself.",
        "SLO にアラートポリシーがないため、プリセット {preset} が使われます\n自分で選ぶには alertPolicies を追加してください。",
    ),
    "openslo.condition-pair": (
        "the condition {name} looks at one window, and is carried as the pair {long}/{short}\nBoth windows must exceed the threshold, so that the alert ends soon after the burn does.",
        "条件 {name} が見るウィンドウは 1 つですが、{long}/{short} の組として引き継がれます\n両方のウィンドウで超えたときに発報し、消費が収まればすぐに終わります。",
    ),
    "openslo.condition-gte": (
        "op gte is carried as gt: at exactly the threshold nothing fires\nWrite gt to say so.",
        "op の gte は gt として引き継がれます (しきい値ちょうどでは発報しません)\ngt と書けば、そのとおりになります。",
    ),
    "openslo.condition-op": (
        "op is {given}, but a burn rate is bad when it is high\nWrite gt or gte.",
        "op が {given} ですが、バーンレートは高いほど悪いものです\ngt か gte と書いてください。",
    ),
    "openslo.zero": (
        "{key} is 0\nWrite a duration above 0.",
        "{key} が 0 です\n0 より長い時間を書いてください。",
    ),
    "openslo.severity": (
        "the severity {given} is carried as {used}\nWrite page or ticket to choose.",
        "重大度 {given} は {used} として引き継がれます\n選ぶには page か ticket と書いてください。",
    ),
    "openslo.after": (
        "alertAfter of the condition {name} is not carried: an objective has one, and the shortest of its conditions, {used}, is taken\nGive all conditions of the SLO the same.",
        "条件 {name} の alertAfter は引き継がれません (目標に 1 つだけなので、最も短い {used} を使います)\nSLO のすべての条件で同じ長さにしてください。",
    ),
    "openslo.own-policy": (
        "the annotation kizashi.dev/policy is {given}\nWrite a preset ({presets}), or pairs such as 1h/5m 14.4 page, 3d/6h 1 ticket.",
        "アノテーション kizashi.dev/policy が {given} になっています\nプリセット ({presets}) か、1h/5m 14.4 page, 3d/6h 1 ticket のような組を書いてください。",
    ),
    "openslo.own-dependency": (
        "the annotation kizashi.dev/depends-on is {given}\nWrite services with hard or soft, such as database hard, mail soft.",
        "アノテーション kizashi.dev/depends-on が {given} になっています\ndatabase hard, mail soft のように、サービスと hard か soft を書いてください。",
    ),
}
