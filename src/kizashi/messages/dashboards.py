"""Titles and explanations of the dashboards that are compiled for Grafana.

A panel's title stands on the first line, what its numbers mean on the second.
"""

TEXTS: dict[str, tuple[str, str]] = {
    "dashboards.source": ("Data source", "データソース"),
    "dashboards.service": (
        "Service",
        "サービス",
    ),
    "dashboards.objective": (
        "Objective",
        "目標",
    ),
    "dashboards.window": (
        "Window",
        "期間",
    ),
    "dashboards.target": (
        "Target",
        "目標値",
    ),
    "dashboards.sli": (
        "Good events",
        "良いイベントの割合",
    ),
    "dashboards.left": (
        "Budget left",
        "バジェットの残り",
    ),
    "dashboards.events-left": (
        "Bad events left",
        "残りの悪いイベント数",
    ),
    "dashboards.bad": (
        "Bad events",
        "悪いイベント",
    ),
    "dashboards.valid": (
        "Valid events",
        "有効なイベント",
    ),
    "dashboards.coverage": (
        "Coverage",
        "カバレッジ",
    ),
    "dashboards.quiet": (
        "quiet",
        "なし",
    ),
    "dashboards.firing": (
        "firing",
        "発報中",
    ),
    "dashboards.overview.title": (
        "SLO overview",
        "SLO 一覧",
    ),
    "dashboards.overview.words": (
        "Each number is over the objective's own window, which stands beside it. *Coverage* is the share of that window in which the targets were seen; below 50 %, an alert neither fires nor resolves on it.",
        "数値はどれも、横に示した目標ごとの期間についてのものです。*カバレッジ*は、その期間のうち収集対象を観測できた割合です。50 % を下回ると、アラートは発報も解決もしません。",
    ),
    "dashboards.overview.objectives": (
        "Objectives\nObjectives of the chosen services whose rules are evaluated now.",
        "目標の数\n選んだサービスの目標のうち、いまルールが評価されているものの数。",
    ),
    "dashboards.overview.firing": (
        "Burn alerts firing\nObjectives that burn too fast now, a page and a ticket counted apart. They end only on data.",
        "発報中のバーンレートアラート\nいまバジェットの消費が速すぎる目標の数。呼び出しとチケットは別に数えます。データが示すまで終わりません。",
    ),
    "dashboards.overview.spent": (
        "Budgets spent\nObjectives whose error budget is used up, each over its own window.",
        "使い切ったバジェット\nそれぞれの期間で、エラーバジェットを使い切った目標の数。",
    ),
    "dashboards.overview.least-seen": (
        "Least coverage\nThe lowest coverage of any objective over its own window. Where it is low, the numbers beside it are about little.",
        "最も低いカバレッジ\nそれぞれの期間について最も低いカバレッジ。低いときは、ほかの数値もわずかなデータに基づいています。",
    ),
    "dashboards.overview.table": (
        "Objectives\nCounts of events, never averages of ratios: one minus bad events by valid events over the window. A window that is longer than the rules have run is not full yet; its coverage says so.",
        "目標\n割合の平均ではなくイベント数で計算します。期間内の悪いイベント ÷ 有効なイベントを 1 から引いた値です。ルールの動作期間より長い期間はまだ埋まっておらず、カバレッジに現れます。",
    ),
    "dashboards.overview.left": (
        "Error budget left, by objective and window\n1 without a bad event, 0 when it is spent, below 0 when it is overspent. On the right: the least coverage.",
        "エラーバジェットの残り (目標と期間ごと)\n悪いイベントがなければ 1、使い切ると 0、使いすぎると負になります。右の軸は最も低いカバレッジです。",
    ),
    "dashboards.overview.alerts": (
        "Burn alerts\nWhether an objective's policy says that it burns too fast, by severity.",
        "バーンレートアラート\n目標のポリシーで、消費が速すぎると判定されているかどうか (重大度ごと)。",
    ),
    "dashboards.detail.title": (
        "SLO: objective",
        "SLO: 目標の詳細",
    ),
    "dashboards.detail.words": (
        "The window of every number stands behind its name. A *burn rate* of 1 spends the whole error budget in exactly the objective's window. Low *coverage* means that a number is about little.",
        "数値の期間は、名前のうしろに示しています。*バーンレート* 1 は、目標の期間でちょうどエラーバジェットを使い切る速さです。*カバレッジ*が低いときは、数値がわずかなデータに基づいています。",
    ),
    "dashboards.detail.sli": (
        "Good events and target\nShare of good events over the objective's window, with how many events it is about and how much of the window was seen.",
        "良いイベントと目標値\n目標の期間における良いイベントの割合。対象のイベント数と、期間のうち観測できた割合を添えています。",
    ),
    "dashboards.detail.budget": (
        "Error budget\nWhat is left of the bad events that the target allows over the objective's window.",
        "エラーバジェット\n目標の期間に許される悪いイベントのうち、まだ残っている分。",
    ),
    "dashboards.detail.empty": (
        "Time until the budget is spent, at each window's burn rate\nIf the burn of that window goes on. Empty where nothing burns.",
        "いまの消費が続いた場合に使い切るまでの時間 (期間ごと)\nその期間の消費が続いた場合の時間。消費がないときは表示しません。",
    ),
    "dashboards.detail.burn": (
        "Burn rate, by window\nHow many times faster than allowed the budget burns. A policy's alert fires when two of these exceed its factor. On the right: the least coverage.",
        "バーンレート (期間ごと)\n許される速さの何倍でバジェットを消費しているか。2 つの期間がどちらもポリシーの倍率を超えると発報します。右の軸は最も低いカバレッジです。",
    ),
    "dashboards.detail.left": (
        "Error budget left\n1 without a bad event, 0 when it is spent, below 0 when it is overspent. On the right: coverage of the same window.",
        "エラーバジェットの残り\n悪いイベントがなければ 1、使い切ると 0、使いすぎると負になります。右の軸は同じ期間のカバレッジです。",
    ),
    "dashboards.detail.events": (
        "Events in each slice of the ledger\nWhat everything else is counted from. On the right: the share of targets that were seen.",
        "台帳のスライスごとのイベント\nほかのすべての数値のもとになる件数。右の軸は、観測できた収集対象の割合です。",
    ),
    "dashboards.detail.seen": (
        "Coverage, by window\nBelow 50 % an alert neither fires nor resolves on that window; lost data has an alert of its own.",
        "カバレッジ (期間ごと)\n50 % を下回る期間では、アラートは発報も解決もしません。データの欠落には専用のアラートがあります。",
    ),
    "dashboards.detail.alerts": (
        "Burn alerts\nWhether a pair of windows of that severity says that the objective burns too fast. It holds until data says that it is over.",
        "バーンレートアラート\nその重大度の期間の組で、消費が速すぎると判定されているかどうか。終わったことをデータが示すまで続きます。",
    ),
    "dashboards.golden.title": (
        "Golden signals: {name}",
        "ゴールデンシグナル: {name}",
    ),
    "dashboards.golden.traffic": (
        "Traffic and errors",
        "トラフィックとエラー",
    ),
    "dashboards.golden.traffic.panel": (
        "Traffic: events per second, over {window}\nValid events of each objective, counted as the ledger counts them. On the right: the share of targets that were seen.",
        "トラフィック: 毎秒のイベント ({window} の平均)\n目標ごとの有効なイベント。台帳と同じ数え方です。右の軸は、観測できた収集対象の割合です。",
    ),
    "dashboards.golden.errors.panel": (
        "Errors: share of bad events, over {window}\nBad events of each objective by its valid ones; nothing where there was no event. On the right: the share of targets that were seen.",
        "エラー: 悪いイベントの割合 ({window})\n目標ごとの、有効なイベントに対する悪いイベントの割合。イベントがなければ表示しません。右の軸は、観測できた収集対象の割合です。",
    ),
    "dashboards.golden.latency": (
        "Latency",
        "レイテンシー",
    ),
    "dashboards.golden.latency.panel": (
        "Latency, {objective}: seconds, over {window}\nEstimated between the edges of the histogram; the objective itself is counted at its threshold, exactly. On the right: coverage.",
        "レイテンシー ({objective}): 秒 ({window})\nヒストグラムの境界の間は推定です。目標そのものは、しきい値の境界で正確に数えています。右の軸はカバレッジです。",
    ),
    "dashboards.golden.threshold": (
        "threshold",
        "しきい値",
    ),
    "dashboards.golden.saturation": (
        "Saturation",
        "飽和",
    ),
    "dashboards.golden.cpu": (
        "CPU: cores in use, over {window}\nCPU time of each process per second. On the right: the share of scrapes that succeeded.",
        "CPU: 使用コア数 ({window})\nプロセスごとの毎秒の CPU 時間。右の軸は、成功したスクレイプの割合です。",
    ),
    "dashboards.golden.memory": (
        "Memory: resident bytes, now\nResident memory of each process. On the right: the share of scrapes that succeeded.",
        "メモリー: 常駐バイト数 (現在)\nプロセスごとの常駐メモリー。右の軸は、成功したスクレイプの割合です。",
    ),
    "dashboards.golden.files": (
        "File descriptors: share of the limit, now\nOpen file descriptors of each process by its limit. On the right: the share of scrapes that succeeded.",
        "ファイル記述子: 上限に対する割合 (現在)\nプロセスごとの、上限に対する使用中のファイル記述子の割合。右の軸は、成功したスクレイプの割合です。",
    ),
    "dashboards.golden.gauges": ("Gauges of objectives", "目標のゲージ"),
    "dashboards.golden.gauge": (
        "Gauge, {objective}: every sample, now\nEach sample is an event of the objective, good while it passes the test. On the right: coverage.",
        "ゲージ ({objective}): サンプルの値 (現在)\nサンプルの 1 つ 1 つが目標のイベントで、条件を満たせば良いイベントです。右の軸はカバレッジです。",
    ),
    "dashboards.golden.good": ("good: {test}", "良い: {test}"),
}
