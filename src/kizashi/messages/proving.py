"""What ``kizashi import --prove`` says of old rules and new ones on the same data."""

TEXTS: dict[str, tuple[str, str]] = {
    "import.option.prove": (
        "Put the old rules and the new ones through the same traffic, of which it is known what happened, in Prometheus' own evaluator (promtool), and print what each says. Takes about half a minute for each objective.",
        "何が起きたかの分かっている同じトラフィックに旧ルールと新ルールを通し、Prometheus 自身の評価器 (promtool) で評価して、それぞれの結果を並べます。目標 1 つにつき 30 秒ほどかかります。",
    ),
    "import.option.case": (
        "Prove this case only; may be repeated: {known}.",
        "このケースだけを確かめます。複数回指定できます: {known}。",
    ),
    "prove.no-case": (
        "{given!r} is no case. There are: {known}.",
        "{given!r} というケースはありません。指定できるもの: {known}。",
    ),
    "prove.case-alone": (
        "--case says what --prove is to try. Give --prove as well.",
        "--case は --prove で試す内容の指定です。--prove も付けてください。",
    ),
    "prove.no-prometheus": (
        "--prove asks promtool, which comes with Prometheus, and there is none on PATH. Install Prometheus (Debian: sudo apt-get install prometheus), or import without --prove.",
        "--prove には Prometheus 付属の promtool が必要ですが、PATH にありません。Prometheus をインストールするか (Debian では sudo apt-get install prometheus)、--prove なしで実行してください。",
    ),
    "prove.head": (
        "{service}/{objective} in the case {case}: {what}",
        "{service}/{objective}、ケース {case}: {what}",
    ),
    "prove.case.bursty": (
        "3 h 40 min at 1 request a minute, all well; then 20 min at 6,000 a minute, one in ten failing",
        "3 時間 40 分は毎分 1 件ですべて成功。その後 20 分は毎分 6,000 件で 10 件に 1 件が失敗",
    ),
    "prove.case.quiet": (
        "3 h 40 min at 6,000 requests a minute, all well; then 20 min at 1 a minute, all failing",
        "3 時間 40 分は毎分 6,000 件ですべて成功。その後 20 分は毎分 1 件ですべて失敗",
    ),
    "prove.case.rare": (
        "1 request in five minutes for nearly 4 h; the last one, three minutes ago, failed",
        "4 時間近く、5 分に 1 件。3 分前の最後の 1 件が失敗",
    ),
    "prove.case.gap": (
        "4 h at 60 requests a minute, one in 300 failing, with 10 min in between without any",
        "4 時間、毎分 60 件で 300 件に 1 件が失敗。途中の 10 分は通信なし",
    ),
    "prove.case.never-failed": (
        "4 h at 60 requests a minute; none has ever failed, so that nothing counts failures yet",
        "4 時間、毎分 60 件。一度も失敗がなく、失敗を数える系列もまだない",
    ),
    "prove.case.first-failure": (
        "4 h at 60 requests a minute; half a minute ago the first five failures ever",
        "4 時間、毎分 60 件。30 秒前に、初めての失敗が 5 件",
    ),
    "prove.window": ("window", "ウィンドウ"),
    "prove.truth": ("what happened", "真の値"),
    "prove.off": ("its error", "その誤差"),
    "prove.no-events": ("no events", "イベントなし"),
    "prove.of": ("{share} ({bad} of {valid})", "{share} ({valid} 件中 {bad} 件)"),
    "prove.nothing": ("no number", "値なし"),
    "prove.exact": ("none", "なし"),
    "prove.over": ("{times} times too high", "{times} 倍に過大"),
    "prove.under": ("{times} times too low", "{times} 分の 1 に過小"),
    "prove.by": ("{percent} too high", "{percent} 過大"),
    "prove.by-less": ("{percent} too low", "{percent} 過小"),
    "prove.missed": ("misses every failure", "失敗をすべて見落とす"),
    "prove.invented": ("failures that were none", "なかった失敗を数える"),
    "prove.is-true": ("{share}, as it happened", "{share} (真の値どおり)"),
    "prove.is-false": (
        "{share} ({bad} of {valid}), which is NOT what happened",
        "{share} ({valid} 件中 {bad} 件)。真の値と異なります",
    ),
    "prove.told": (
        "{severity}: {tool} {former}; Kizashi {own}",
        "{severity}: {tool} は{former}。Kizashi は{own}",
    ),
    "prove.told-own": ("{severity}: Kizashi {own}", "{severity}: Kizashi は{own}"),
    "prove.never": ("never fires", "発報しない"),
    "prove.fires": (
        "fires after {first} and still does",
        "開始から {first} で発報し、最後まで発報中",
    ),
    "prove.fired": (
        "fires from {first} to {last}",
        "開始から {first} で発報し、{last} で解決",
    ),
    "prove.why": ("Why: {why}", "理由: {why}"),
    "prove.why.mean": (
        "over the period, {tool} takes the mean of the ratios of the shortest window, so that minutes with hardly any traffic weigh as much as those with most of it.",
        "{tool} は期間全体の値を、最短ウィンドウの比率の平均で求めます。そのため、通信のほとんどない時間帯も、混み合う時間帯と同じ重みになります。",
    ),
    "prove.why.mean-edge": (
        "over the period, {tool} takes the mean of the ratios of the shortest window, each of which looks back from its own time, so that failures near an edge of the period are in fewer of them.",
        "{tool} は期間全体の値を、最短ウィンドウの比率の平均で求めます。比率はそれぞれの時点から過去を見るため、期間の端に近い失敗が入る比率は少なくなります。",
    ),
    "prove.why.nan": (
        "while there was no traffic the ratio of five minutes was 0/0, which is NaN, and a sum with one NaN in it stays NaN until that has left the period.",
        "通信がない間、5 分間の比率は 0/0 で NaN でした。NaN を 1 つでも含む和は、それが期間から外れるまで NaN のままです。",
    ),
    "prove.why.no-series": (
        "no failure has happened yet, so no series counts failures, and a quotient without its left side is nothing, not 0.",
        "失敗がまだないため、失敗を数える系列がありません。分子のない割り算は 0 ではなく、値なしになります。",
    ),
    "prove.why.two-samples": (
        "the window holds fewer than two scrapes, and rate() needs two.",
        "ウィンドウに入るスクレイプが 2 回に満たず、2 回分を必要とする rate() の値が出ません。",
    ),
    "prove.why.nothing": (
        "its query returns nothing here: a series that it asks for is not there, or has no growth to divide by. Failures until then: {bad}.",
        "クエリの結果が空です。クエリの求める系列が存在しないか、割る側の増分がありません。ここまでの失敗は {bad} 件です。",
    ),
    "prove.why.born": (
        "the first failures came with a series that did not exist before, after {at}; rate() and increase() count from a series' first sample, so that these are lost.",
        "最初の失敗と同時に、新しい系列が {at} の時点で現れました。rate() と increase() は系列の最初のサンプルを起点に数えるため、この失敗は数に入りません。",
    ),
    "prove.why.rounded": (
        "slo-generator rounds the share of good events to six places.",
        "slo-generator は良いイベントの割合を小数点以下 6 桁に丸めます。",
    ),
    "prove.why.edges": (
        "Prometheus estimates at the edges of a window: rate() stretches what lies between its samples, and an edge may count on both sides.",
        "Prometheus はウィンドウの端を推定で補います。rate() はサンプル間の増分を引き伸ばし、端のサンプルが両側のウィンドウに数えられることもあります。",
    ),
    "prove.why.three": (
        "Kizashi asks for {least} bad events in the long window (minBadEvents) before it wakes anybody, and there: {bad}.",
        "Kizashi は長いウィンドウの悪いイベントが {least} 件 (minBadEvents) になるまで発報しません。この時点では {bad} 件です。",
    ),
    "prove.why.coverage": (
        "only {seen} % of the {long} had been seen by then; Kizashi counts the rest as good, {tool} takes it to be like what was seen.",
        "その時点で {long} のうち観測できていたのは {seen} % です。Kizashi は残りを良いものとして数え、{tool} は残りも観測した部分と同じとみなします。",
    ),
    "prove.why.one-window": (
        "{tool} looks at one window; Kizashi fires when a long and a short one both exceed the limit.",
        "{tool} が見るのは 1 つのウィンドウだけです。Kizashi は長短両方のウィンドウが上限を超えると発報します。",
    ),
    "prove.why.pace": (
        "Kizashi's rules look at windows of more than six hours every {every}.",
        "Kizashi のルールは、6 時間を超えるウィンドウを {every} ごとに評価します。",
    ),
    "prove.why.for": (
        "{tool} waits for {wait} until its condition has held (`for`); Kizashi's windows need no wait.",
        "{tool} は条件の成立が {wait} 続くまで待ちます (`for`)。Kizashi はウィンドウで判断するため待ちません。",
    ),
    "prove.why.no-alert": (
        "{tool} has no alert of this severity.",
        "{tool} にはこの重大度のアラートがありません。",
    ),
    "prove.why.born-alert": (
        "the failures came with a series that was new, and {tool} does not count its first value.",
        "失敗が新しい系列とともに現れ、{tool} はその最初の値を数えません。",
    ),
    "prove.why.wrong-number": (
        "the windows that {tool} compares held another share of failures than it computes.",
        "{tool} が比べるウィンドウで、実際の失敗の割合が {tool} の計算値と異なります。",
    ),
    "prove.why.no-former": (
        "there are no old rules to compare with: no tool of its own evaluates what is declared there.",
        "宣言を評価する専用のツールがないため、比べる旧ルールがありません。",
    ),
    "prove.no-series": (
        "{service}/{objective} in the case {case}: not proved, because no series could be thought of that its selectors match",
        "{service}/{objective}、ケース {case}: セレクターに合う系列を作れないため、確かめていません",
    ),
    "prove.trouble": (
        "{service}/{objective} in the case {case}: not proved, because promtool says:",
        "{service}/{objective}、ケース {case}: promtool が次のように答えたため、確かめていません:",
    ),
    "prove.sum": (
        "Proofs: {proofs}. Kizashi's numbers are the truth in {true}. Another number before in {differ}, another alert in {alerts}.",
        "確かめたケース: {proofs}。Kizashi の数値が真の値どおり: {true}。以前の数値が異なる: {differ}。アラートが異なる: {alerts}。",
    ),
}
