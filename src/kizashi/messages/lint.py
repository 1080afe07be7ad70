"""What ``kizashi check --lint`` says.

Each finding has three lines: what is written, what will happen because of it, what to do.
"""

TEXTS: dict[str, tuple[str, str]] = {
    "lint.not-promql": (
        "{name}: this is not PromQL: {why}\nPrometheus refuses the whole file, so every other rule in it is missing too.\nCorrect the expression; `promtool check rules` reads it as Prometheus does.",
        "{name}: PromQL として読めません: {why}\nPrometheus はファイル全体を受け付けないため、同じファイルのほかのルールも動きません。\n式を直してください。`promtool check rules` なら Prometheus と同じ読み方で確かめられます。",
    ),
    "lint.too-large": (
        "{name}: this expression is larger than is read: {why}\nIt is not looked at: whatever is wrong with it goes unseen.\nSplit it: let recording rules hold its parts.",
        "{name}: 式が大きすぎて読み取れません: {why}\n検査の対象にならないため、問題があっても見つかりません。\nレコーディングルールに部分式を移して、式を分割してください。",
    ),
    "lint.unsummed-ratio": (
        "this ratio divides every series by itself\nEach series finds only itself on the other side, so the quotient is 1 for every failing series, whatever the traffic: an alert on it fires at the first error and on every later one.\nSum both sides first.",
        "この比は、どの系列も自分自身で割っています\n割る側には自分自身の系列しか見つからないため、通信量にかかわらず、失敗した系列の値は必ず 1 になります。アラートは最初のエラー 1 件で発報し、その後もエラーのたびに発報します。\n両辺をそれぞれ sum してから割ってください。",
    ),
    "lint.not-a-part": (
        "the left side of this ratio does not ask for {matchers}, the right side does\nEvents are counted on the left that are missing on the right, so the ratio is no share: it can exceed 100 % and hides or invents errors.\nAsk for {matchers} on both sides.",
        "この比の左辺には {matchers} の条件がありませんが、右辺にはあります\n右辺に含まれないイベントを左辺で数えるため、割合になりません。100 % を超えることがあり、エラーを隠したり、ないエラーを作り出したりします。\n両辺に {matchers} を付けてください。",
    ),
    "lint.mean-of-ratios": (
        "{ratio} is averaged over {window}\nA quiet minute weighs as much as a busy one: one bad request at night can outweigh a day of traffic, and a burst of errors at noon can vanish (measured: 5,000 times too high, and 12 times too low). One gap without traffic makes it NaN until the gap has left the window.\nDivide sums of events over the whole window; never average ratios.",
        "{ratio} を {window} にわたって平均しています\n通信の少ない 1 分も多い 1 分も同じ重みになります。夜間の 1 件の失敗が 1 日分の通信より重くなることも、昼間のエラーの山が消えることもあります (実測では 5,000 倍の過大、12 分の 1 の過小)。通信のない時間が一度でもあると、それが期間から外れるまで NaN になります。\n比を平均せず、期間全体のイベント数の合計どうしを割ってください。",
    ),
    "lint.invented-without-data": (
        "both sides of this ratio have a value for nothing: {shown}\nWhere nothing is measured, a share is shown as if it had been: a wrong name, a dead exporter and a perfect service look alike, or a service that is only idle looks down.\nLet the whole be empty where there are no data; a missing figure says so.",
        "この比は両辺とも、データがないときの値を持っています: {shown}\n何も計測していないのに、計測したかのような割合が表示されます。名前の間違い、止まったエクスポーター、完璧なサービスの見分けが付かず、通信がないだけのサービスが落ちて見えることもあります。\nデータがないときは全体を空のままにしてください。数値がないこと自体が、そう伝えます。",
    ),
    "lint.empty-without-errors": (
        "{bad} may select nothing\nUntil the first error there is no such series, and nothing minus nothing is nothing: the figure is missing exactly while all is well, and a new service looks as if it were not measured.\nSay that no series means no errors.",
        "{bad} が何も選ばないことがあります\n最初のエラーが起きるまでその系列は存在せず、式全体の値もなくなります。すべてが順調な間だけ数値が表示されず、新しいサービスは計測されていないように見えます。\n系列がないことはエラーがないことだと、式に書いてください。",
    ),
    "lint.quantile-without-le": (
        "the buckets of {buckets} are summed without keeping le\nWithout its edges a histogram has no quantiles: the expression is always empty, and an alert on it can never fire.\nKeep le in the aggregation.",
        "{buckets} のバケットを、le を残さずに集約しています\n境界のないヒストグラムからは分位数を求められません。式は常に空になり、アラートは決して発報しません。\n集約に le を残してください。",
    ),
    "lint.range-never-full": (
        "{function} over {range} at one scrape every {interval} sees {scrapes} samples\nIt needs two. The expression is empty at most evaluations, and an alert on it can never stay true.\nUse a range of at least {fewest}, four scrapes.",
        "{interval} ごとのスクレイプに対して {function} の範囲が {range} で、サンプルは {scrapes} 個しか入りません\n計算には 2 個必要です。ほとんどの評価で式は空になり、アラートは発報し続けられません。\n範囲を {fewest} (スクレイプ 4 回分) 以上にしてください。",
    ),
    "lint.range-too-short": (
        "{function} over {range} at one scrape every {interval} sees {scrapes} samples\nOne scrape that fails or comes late leaves a hole, and the alert forgets what it was waiting for.\nUse a range of at least {fewest}, four scrapes.",
        "{interval} ごとのスクレイプに対して {function} の範囲が {range} で、サンプルは {scrapes} 個しか入りません\nスクレイプが 1 回失敗するか遅れるだけで値が途切れ、アラートの待ち時間は最初からになります。\n範囲を {fewest} (スクレイプ 4 回分) 以上にしてください。",
    ),
    "lint.range-beyond-retention": (
        "a range of {range} where the server keeps {retention}\nOnly the newest {retention} are looked at, without a word: what is called {range} is not, and budgets come back too early.\nKeep more, or record counts of events and sum those.",
        "範囲は {range} ですが、サーバーの保持期間は {retention} です\n何の警告もなく、直近 {retention} の分だけが計算されます。{range} と書かれた数値は {range} のものではなく、バジェットは早く戻りすぎます。\n保持期間を延ばすか、イベント数を記録してそれを合計してください。",
    ),
    "lint.can-never-fire": (
        "the limit {written} is {limit}, and this share is never more than {most}\nThe alert can never fire, not even in a total outage.\nUse a smaller factor, or a stricter objective.",
        "限度 {written} は {limit} ですが、この割合は {most} を超えません\n全面的な障害でも、このアラートは決して発報しません。\n係数を小さくするか、目標を厳しくしてください。",
    ),
    "lint.no-budget": (
        "the limit {written} is 0: an objective of 100 %\nThere is no error budget. The alert fires at a single error among any number of requests, and its burn rate is a division by zero.\nSet an objective that the service can miss.",
        "限度 {written} は 0、つまり目標値が 100 % です\nエラーバジェットがありません。何件のリクエストがあってもエラー 1 件で発報し、バーンレートは 0 での割り算になります。\n達成できないこともありうる目標値にしてください。",
    ),
    "lint.single-window": (
        "one window of {window}, no second one and no `for`\nOne error fires it whenever there are at most {requests} requests in {window}, which is every quiet night; a short burst pages although the budget hardly moved.\nJoin it with a longer window at the same limit, and ask for a few errors at least.",
        "期間が {window} の 1 つだけで、もう 1 つの期間も `for` もありません\n{window} のリクエストが {requests} 件以下なら、エラー 1 件で発報します。静かな夜はいつもそうです。バジェットがほとんど減っていない短い山でも人を起こします。\n同じ限度のより長い期間と and で組み合わせ、最低限のエラー件数も条件にしてください。",
    ),
    "lint.blind-to-absence": (
        "nothing is less than nothing: this alert on {metric} needs series to compare\nWhen the targets are gone the expression is empty, so the alert falls silent in the worst outage of all.\nWatch absent({metric}) too; a sum without labels can be given a value for nothing.",
        "{metric} が存在しないと、このアラートには比べる値がありません\n収集対象がすべて消えると式は空になり、最も重い障害のときに限ってアラートが黙ります。\nabsent({metric}) も監視してください。ラベルのない合計なら、何もないときの値を式に書けます。",
    ),
    "lint.silent-without-traffic": (
        "a low share of {metric} is asked for, and without requests there is no share\nZero divided by zero is no number, and no number is below a limit: when nothing reaches the service any longer, this alert stays silent or ends.\nFire when there are no requests too, or watch their absence in an alert of its own.",
        "{metric} の割合が低いことを見ていますが、リクエストがなければ割合もありません\n0 を 0 で割った結果は数ではなく、どんな限度も下回りません。サービスに何も届かなくなったとき、このアラートは黙るか、終わってしまいます。\nリクエストがないときにも発報させるか、途絶えたことを別のアラートで監視してください。",
    ),
    "lint.burn-in-one-window": (
        "a burn rate of {factor} over {window} alone\nIt fires when {spent} % of a month's budget is spent: bursts that hurt nobody wake people, and it ends and begins again with every one of them.\nJoin it by `and` with a window of {long}, over which 2 % are spent, at the same limit.",
        "バーンレート {factor} を {window} の期間だけで見ています\n1 か月のバジェットの {spent} % を使った時点で発報します。だれにも影響しない短い山で人を起こし、そのたびに終わってはまた始まります。\n2 % を使うことになる {long} の期間と、同じ限度のまま and で組み合わせてください。",
    ),
    "lint.average-of-shares": (
        "{function} over {ratio}, a share of each series\nOne series without traffic is 0 / 0, and one such value makes the whole result NaN: the alert cannot fire while anything is idle. Otherwise a series with two requests weighs as much as one with two million.\nSum both sides first, then divide.",
        "系列ごとの割合 {ratio} に {function} を使っています\n通信のない系列は 0 / 0 となり、それが 1 つあるだけで結果全体が NaN になります。通信のない系列がある間、アラートは発報しません。そうでないときも、2 件の系列が 200 万件の系列と同じ重みになります。\n両辺をそれぞれ sum してから割ってください。",
    ),
    "lint.another-window": (
        "the title says {said}, the expression looks at {range}\nThe figure is that of the last {range}: {range} after an outage it is perfect again, whatever is left of the budget.\nCount over the window that the title names, or name {range}.",
        "タイトルには {said} とありますが、式は {range} しか見ていません\n表示されるのは直近 {range} の値です。バジェットがどれだけ残っていようと、障害の {range} 後には満点に戻ります。\nタイトルにある期間で数えるか、タイトルを {range} にしてください。",
    ),
    "lint.routed-nowhere": (
        "{name} comes to {receiver}, which tells nobody\nIt fires, Alertmanager shows it, and no one is woken.\nAdd the label that a route asks for, or give the receiver a way to reach someone.",
        "{name} は {receiver} に届き、そこから先はだれにも届きません\n発報して Alertmanager の画面には出ますが、だれも起こされません。\nルートが求めるラベルを付けるか、レシーバーに通知手段を設定してください。",
    ),
    "lint.cpu-label-matches-nothing": (
        "container_cpu_usage_seconds_total is divided by {metric}, label by label\nThe kubelet gives the CPU time a label cpu that the other side does not have, so no series finds its partner: the result is always empty, and the alert never fires.\nSum the CPU time without that label.",
        "container_cpu_usage_seconds_total を {metric} で、ラベルごとに割っています\nkubelet は CPU 時間にだけ cpu というラベルを付けるため、相手の系列が見つかりません。結果は常に空で、アラートは決して発報しません。\nCPU 時間をこのラベルを除いて合計してください。",
    ),
    "lint.wrong-time-to-empty": (
        "the text says {said}, the burn rate is {factor}\nAt a burn rate of {factor} a budget of 30 days lasts {right}. A person who is woken plans with the wrong time.\nWrite {right}, or change the factor.",
        "文面では {said} とありますが、バーンレートは {factor} です\nバーンレート {factor} では、30 日のバジェットは {right} でなくなります。起こされた人は誤った時間で動くことになります。\n{right} と書くか、係数を変えてください。",
    ),
    "lint.reachable-is-no-budget": (
        "{name} is made of {metric} alone\nThat something answers says nothing of what its users get: it is 1 while every order fails, and 0 in a deploy that nobody noticed.\nCount good and valid requests.",
        "{name} は {metric} だけで作られています\n応答があることは、利用者が受け取ったものについて何も語りません。注文がすべて失敗していても 1 のままで、だれも気付かないデプロイの間に 0 になります。\n良いリクエストと有効なリクエストを数えてください。",
    ),
    "lint.dead-runbook": (
        "the runbook link {link} leads nowhere\nA person who is woken at night clicks it first.\nLink to a page that exists.",
        "ランブックのリンク {link} の先がありません\n夜中に起こされた人が、最初に押すリンクです。\n実在するページを指してください。",
    ),
    "lint.two-of-one-name": (
        "{name} stands at {first} with the same labels and another expression\nAlertmanager takes both for one alert: when one resolves, the page of the other ends with it.\nGive them different names or labels.",
        "{name} は {first} にも同じラベルで、別の式として書かれています\nAlertmanager は両方を 1 つのアラートとして扱います。片方が解決すると、もう片方の通知も終わります。\n名前かラベルを分けてください。",
    ),
    "lint.recorded-twice": (
        "{name} is recorded at {first} too, with the same labels\nThe two overwrite each other; which value a reader gets is chance.\nRename one, or tell them apart with a label.",
        "{name} は {first} でも同じラベルで記録されています\n互いに上書きし合い、どちらの値が読まれるかは偶然です。\n名前を変えるか、ラベルで区別してください。",
    ),
    "lint.page-cache-is-no-use": (
        "container_memory_usage_bytes counts what the kernel would give back\nA container that reads files looks full, and the alert fires without need; the kernel ends a container by its working set.\nUse container_memory_working_set_bytes.",
        "container_memory_usage_bytes には、カーネルがいつでも解放できるページキャッシュが含まれます\nファイルを読むコンテナは満杯に見え、必要もなく発報します。カーネルがコンテナを止める基準はワーキングセットです。\ncontainer_memory_working_set_bytes を使ってください。",
    ),
    "lint.limit-may-be-zero": (
        "{metric} is 0 where no limit is set\nThe quotient is +Inf for every such container, so the alert fires for all of them, always.\nLeave out the limits that are 0.",
        "{metric} は、上限のないコンテナでは 0 です\nそのようなコンテナでは商が必ず +Inf になり、アラートはいつも発報します。\n0 の上限を除いてください。",
    ),
    "lint.containers-counted-twice": (
        "{metric} is summed without telling containers from their pod\nThe kubelet exposes each container and the pod's total as series of one metric, so the sum is twice the truth.\nSelect {selector}.",
        "{metric} を、コンテナと Pod の合計を区別せずに足しています\nkubelet は各コンテナと Pod 全体の値を同じメトリクスの系列として公開するため、合計は実際の 2 倍になります。\n{selector} を選んでください。",
    ),
    "lint.no-reason": (
        "a suppression of {rule} without a reason\nNobody will know whether it still holds.\nWrite why after the rule: # kizashi:ignore {rule} because …",
        "{rule} の抑止に理由がありません\nそれが今も正しいのか、だれにも分からなくなります。\nルールの後に理由を書いてください: # kizashi:ignore {rule} 理由…",
    ),
    "lint.will": ("what happens: {what}", "起きること: {what}"),
    "lint.do": ("what to do: {what}", "対応: {what}"),
    "lint.instead": ("instead:", "修正例:"),
    "lint.same": ("explained above", "説明は上のとおりです"),
    "lint.sum": (
        "Files: {files}. Expressions: {expressions}. Errors: {errors}. Warnings: {warnings}.",
        "ファイル: {files} 個。式: {expressions} 件。エラー: {errors} 件。警告: {warnings} 件。",
    ),
    "lint.sum.kept-back": (
        "Suppressed: {suppressed}. In the baseline: {known}.",
        "抑止: {suppressed} 件。ベースライン済み: {known} 件。",
    ),
    "lint.sum.nothing": (
        "Nothing here is a rule file of Prometheus, a PrometheusRule, a ConfigMap that holds rules, a dashboard of Grafana, or a declaration.",
        "Prometheus のルールファイル、PrometheusRule、ルールを含む ConfigMap、Grafana のダッシュボード、宣言のいずれも見つかりません。",
    ),
    "lint.option.lint": (
        "Look at alerting rules, recording rules and dashboards for what no syntax check sees: rule files of Prometheus, PrometheusRule objects, ConfigMaps that hold rules, dashboards of Grafana.",
        "アラートルール、記録ルール、ダッシュボードを、構文検査では分からない誤りについて調べます。対象は Prometheus のルールファイル、PrometheusRule、ルールを含む ConfigMap、Grafana のダッシュボードです。",
    ),
    "lint.option.scrape-interval": (
        "With --lint: how often targets are scraped (default: 15s).",
        "--lint とともに指定します。スクレイプ間隔 (既定値: 15s)。",
    ),
    "lint.option.retention": (
        "With --lint: how long the server keeps samples; without it, ranges are not held against it.",
        "--lint とともに指定します。サーバーの保持期間。指定しないと、範囲との比較をしません。",
    ),
    "lint.option.baseline": (
        "With --lint: a file of findings that are known; they are counted and not shown. Written anew with --write-baseline.",
        "--lint とともに指定します。既知の指摘を書いたファイル。数えるだけで表示しません。--write-baseline で書き直します。",
    ),
    "lint.option.write-baseline": (
        "With --lint and --baseline: write what is found now to the file.",
        "--lint と --baseline とともに指定します。今ある指摘をファイルに書きます。",
    ),
}
