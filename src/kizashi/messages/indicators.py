"""What is wrong with an indicator: first line what, second what to do."""

TEXTS: dict[str, tuple[str, str]] = {
    "gauge.counter": (
        "{given} has the name of a counter, and a counter's samples are no events\nUse ratio or latency for counters, or make sure that this is a gauge.",
        "{given} はカウンターの名前です (カウンターのサンプルはイベントではありません)\nカウンターには ratio か latency を使うか、これがゲージであることを確かめてください。",
    ),
    "gauge.no-metric": (
        "the gauge's selector names no metric, so that samples of any metric would be events\nStart it with the metric's name, then its matchers in braces.",
        "ゲージのセレクターにメトリクス名がなく、どのメトリクスのサンプルもイベントになってしまいます\n先頭にメトリクス名を書き、その後に波かっこでマッチャーを続けてください。",
    ),
    "latency.bucket": (
        "{given} names the buckets, not the histogram\nWrite {near}.",
        "{given} はヒストグラムではなくバケットの名前です\n{near} と書いてください。",
    ),
    "latency.histogram": (
        "{given} is no name of a metric\nWrite the histogram's name only; matchers go into match.",
        "{given} はメトリクス名ではありません\nヒストグラムの名前だけを書き、マッチャーは match に書いてください。",
    ),
    "latency.match": (
        "match names le or the metric, which below and histogram decide\nRemove that matcher.",
        "match に le またはメトリクス名があります (below と histogram で決まります)\nそのマッチャーを取り除いてください。",
    ),
    "ratio.both-sides": (
        "the ratio counts both bad and good events\nKeep one; the other is what is left of valid.",
        "bad と good の両方が指定されています\n一方だけを残してください。もう一方は valid の残りです。",
    ),
    "ratio.no-side": (
        "the ratio counts neither bad nor good events\nAdd bad: or good:, a selector of the counters of these events.",
        "bad も good も数えられていません\nそのイベントを数えるカウンターのセレクターを bad: か good: に書いてください。",
    ),
    "ratio.same-as-valid": (
        '{side} selects the same events as valid, so that everything or nothing would be bad\nNarrow {side} down, for instance with status=~"5..".',
        '{side} が valid と同じイベントを選んでいるため、すべてが悪いか、何も悪くないことになります\nstatus=~"5.." などで {side} を絞り込んでください。',
    ),
    "threshold.no-side": (
        "the threshold does not say which samples are good\nAdd one of: {choices}.",
        "どのサンプルが良いかがしきい値に書かれていません\n次のいずれかを追加してください: {choices}",
    ),
    "threshold.two-sides": (
        "the threshold has more than one bound\nKeep one of {choices}; declare another objective for the other.",
        "しきい値に境界が 2 つ以上あります\n{choices} のうち 1 つだけを残し、残りは別の目標として宣言してください。",
    ),
}
