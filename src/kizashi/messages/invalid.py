"""Why the figures of an objective are impossible: the same sentence everywhere."""

TEXTS: dict[str, tuple[str, str]] = {
    "invalid.bad-above-valid": (
        "{bad} bad events of {valid} valid ones in {window} are impossible; requests in flight explain {largest} at the most\nLet valid count every event that bad counts.",
        "期間 {window} のうち、有効イベント {valid} 件に対して悪いイベントが {bad} 件あり、ありえない数字です。処理中のリクエストで説明できるのは {largest} 件までです\nbad が数えるイベントをすべて valid も数えるようにしてください。",
    ),
    "invalid.good-above-valid": (
        "{good} good events of {valid} valid ones in {window} are impossible; requests in flight explain {largest} at the most\nLet valid count every event that good counts.",
        "期間 {window} のうち、有効イベント {valid} 件に対して良いイベントが {good} 件あり、ありえない数字です。処理中のリクエストで説明できるのは {largest} 件までです\ngood が数えるイベントをすべて valid も数えるようにしてください。",
    ),
    "invalid.valid-stands": (
        "{bad} bad events were counted in {window} and no valid one\nLet valid select the counter of all events; its series do not exist, or never grow.",
        "期間 {window} のうち、悪いイベントは {bad} 件あるのに、有効イベントが 1 件もありません\nvalid には全イベントのカウンターを選んでください。いま選んでいる系列は、存在しないか、まったく増えていません。",
    ),
    "invalid.no-edge": (
        "the threshold {threshold} s is no edge of the histogram, so none of its events is counted; the nearest edges are {edges}\nSet the threshold to an edge, or add the edge to the histogram.",
        "しきい値 {threshold} 秒はヒストグラムの境界にないため、イベントを 1 件も数えていません。近い境界は {edges} です\nしきい値を境界に合わせるか、境界をヒストグラムに追加してください。",
    ),
    "invalid.retention": (
        "samples are kept for {retention}, less than the window of {window}, so that its older part is missing from every figure\nKeep them for at least {window}, or use a shorter window.",
        "サンプルの保持期間 {retention} が期間 {window} より短いため、どの数字にも古い部分が含まれません\n保持期間を {window} 以上にするか、期間を短くしてください。",
    ),
    "invalid.two-processes": (
        "two processes answer by turns as {instance}: its start time goes back again and again, and every change looks like a restart\nScrape each process at an address of its own.",
        "{instance} では 2 つのプロセスが交互に応答しています。開始時刻が何度も過去に戻り、切り替わるたびに再起動に見えます\nプロセスごとに別のアドレスでスクレイプしてください。",
    ),
    "invalid.gauge": (
        "the scraper itself writes {metric}, a gauge whose growth counts no events\nUse a boolean or threshold indicator for it.",
        "{metric} はスクレイプ側が書き込むゲージで、その増分はイベントの数になりません\nboolean か threshold の指標を使ってください。",
    ),
    "reserved.label": (
        'counters of {selector} carry the label {label}, by which Kizashi\'s own rules tell apart what they remember, so that these rules fail\nDrop or rename the label where the counters are scraped, or select only series without it: {label}="".',
        '{selector} のカウンターにラベル {label} が付いています。Kizashi のルールは、記憶した系列をこのラベルで区別するため、評価に失敗します\nスクレイプするときにこのラベルを外すか名前を変えてください。または {label}="" を付けて、このラベルのない系列だけを選んでください。',
    ),
    "reserved.metric": (
        "{metric} is recorded by Kizashi's own rules and is no counter\nSelect the counters that are scraped, or use a boolean or threshold indicator.",
        "{metric} は Kizashi のルールが記録する系列で、カウンターではありません\nスクレイプしているカウンターを選ぶか、boolean か threshold の指標を使ってください。",
    ),
}
