"""What a reader of the ledger should know beside its figures."""

TEXTS: dict[str, tuple[str, str]] = {
    "ledger.birth": (
        "{series} appeared at {at} (Unix seconds). It was never stored before, so it was counted from zero. Events added: {amount}.",
        "{series} が Unix 時刻 {at} に現れました。これまで保存されたことがない系列のため、{amount} 件をゼロから数えました。",
    ),
    "ledger.birth.no_created": (
        "{series} appeared at {at} (Unix seconds) without a created time. The page before was read and did not show it, and it was never stored before, so it was counted from zero. Events added: {amount}.",
        "{series} が Unix 時刻 {at} に現れました。作成時刻はありませんが、直前のページになく、これまで保存されたこともない系列のため、{amount} 件をゼロから数えました。",
    ),
    "ledger.birth.any_created": (
        "{series} appeared at {at} (Unix seconds). Its created time, which may be that of the process, does not tell when it began. The page before was read and did not show it, and it was never stored before, so it was counted from zero. Events added: {amount}.",
        "{series} が Unix 時刻 {at} に現れました。作成時刻はプロセスの開始時刻かもしれず、系列が始まった時刻とは言えません。直前のページになく、これまで保存されたこともない系列のため、{amount} 件をゼロから数えました。",
    ),
    "ledger.birth.new_process": (
        "{series} was on the first page of its target, at {at} (Unix seconds). The process started after the target was discovered, so it was counted from zero. Events added: {amount}.",
        "{series} は、Unix 時刻 {at} に収集対象の最初のページで現れました。プロセスは収集対象の発見より後に始まっているため、{amount} 件をゼロから数えました。",
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
    "ledger.damaged.samples": (
        "Stored samples from {start} to {end} are damaged (rows: {rows}). That time counts as unseen wherever it is derived from them; run `kizashi verify` on the data folder to see what to restore.",
        "{start} から {end} の保存サンプルが壊れています ({rows} 行)。そこから計算した時間は未観測として扱います。データフォルダーに `kizashi verify` を実行すると、復元すべきものが分かります。",
    ),
    "ledger.damaged.file": (
        "The file of samples and ledger is damaged, so that some of this time may not be found. Run `kizashi verify` on the data folder to see what to restore.",
        "サンプルと台帳のファイルが壊れていて、この期間の一部が見つからないことがあります。データフォルダーに `kizashi verify` を実行すると、復元すべきものが分かります。",
    ),
    "ledger.damaged.blocks": (
        "Blocks of the ledger from {start} to {end} are damaged (rows: {rows}), and their samples are gone: that time is unseen. Run `kizashi verify` on the data folder to see what to restore.",
        "{start} から {end} の台帳のブロックが壊れていて ({rows} 行)、元のサンプルもありません。この時間は未観測です。データフォルダーに `kizashi verify` を実行すると、復元すべきものが分かります。",
    ),
    "ledger.source.unread": (
        "From {start} to {end}: not read yet.",
        "{start} から {end}: まだ読み込んでいません。",
    ),
}
