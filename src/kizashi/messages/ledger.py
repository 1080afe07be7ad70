"""What a reader of the ledger should know beside its figures."""

TEXTS: dict[str, tuple[str, str]] = {
    "ledger.birth": (
        "{series} appeared at {at} (Unix seconds) without a created time. It was never stored before, so its {amount} events were counted from zero.",
        "{series} が Unix 時刻 {at} に現れました。作成時刻はありませんが、これまで保存されたことがない系列のため、{amount} 件をゼロから数えました。",
    ),
    "ledger.simulated": (
        "Simulated: a demo made up what happened until {until} (Unix seconds). What is newer is real.",
        "シミュレーション: Unix 時刻 {until} までのデータはデモ用に作られたものです。それより新しいものは実際のデータです。",
    ),
    "ledger.missing_edge": (
        "The threshold {threshold} s is no edge of the histogram, whose edges are {edges}. Its events are not counted. Set the threshold to an edge, or add the edge to the histogram.",
        "しきい値 {threshold} 秒はヒストグラムの境界にありません (境界: {edges})。このヒストグラムのイベントは数えていません。しきい値を境界に合わせるか、境界をヒストグラムに追加してください。",
    ),
    "ledger.pair_dropped": (
        "The preset's pair with factor {factor} is left out: at this target it can never fire.",
        "プリセットのうち係数 {factor} の組は外しました。この目標値では決して発報しません。",
    ),
    "ledger.source.recorded": (
        "From {start} to {end}: the counts that the server recorded.",
        "{start} から {end}: サーバーが記録した件数です。",
    ),
    "ledger.source.raw": (
        "From {start} to {end}: counted here from the server's raw samples, which are older than its recordings or have none.",
        "{start} から {end}: 記録がない期間のため、サーバーの生のサンプルから Kizashi が数えました。",
    ),
    "ledger.source.raw_unreported": (
        "From {start} to {end}: counted here from the server's raw samples. It keeps no scrape_series_added, so series that a changed scrape configuration brought are counted from zero.",
        "{start} から {end}: サーバーの生のサンプルから Kizashi が数えました。scrape_series_added が保存されていないため、スクレイプ設定の変更で現れた系列もゼロから数えています。",
    ),
    "ledger.source.scraped": (
        "From {start} to {end}: counted here from Kizashi's own scrapes.",
        "{start} から {end}: Kizashi 自身のスクレイプから数えました。",
    ),
    "ledger.source.missing": (
        "From {start} to {end}: missing. The server has neither recordings nor raw samples.",
        "{start} から {end}: データがありません。サーバーには記録も生のサンプルも残っていません。",
    ),
    "ledger.source.unread": (
        "From {start} to {end}: not read yet.",
        "{start} から {end}: まだ読み込んでいません。",
    ),
}
