"""What the page of an objective says."""

TEXTS: dict[str, tuple[str, str]] = {
    "ui.as_table": ("As a table", "表で見る"),
    "ui.bad_of_valid": ("{bad} bad of {valid}", "悪い {bad} / 有効 {valid}"),
    "ui.calendar.note": (
        "Each day: the share of the window's whole budget that it spent.",
        "その日に消費した割合 (期間全体のバジェットに対する比率)。",
    ),
    "ui.calendar.title": ("Budget spent by day", "日ごとのバジェット消費"),
    "ui.calendar.told": (
        "{day}: {spent} of the budget spent, {bad} bad of {valid}, coverage {coverage}",
        "{day}: バジェットの {spent} を消費、{valid} 件中 {bad} 件が悪いイベント、カバレッジ {coverage}",
    ),
    "ui.column.coverage": ("Coverage", "カバレッジ"),
    "ui.column.factor": ("Factor", "係数"),
    "ui.column.generation": ("Generation", "世代"),
    "ui.column.known": ("Became known", "判明した時刻"),
    "ui.column.long": ("Long window", "長いウィンドウ"),
    "ui.column.says": ("Says", "判定"),
    "ui.column.severity": ("Severity", "重大度"),
    "ui.column.short": ("Short window", "短いウィンドウ"),
    "ui.column.since": ("Since", "いつから"),
    "ui.column.until": ("Until", "終わり"),
    "ui.column.window": ("Window", "期間"),
    "ui.crumbs": ("Where you are", "現在の位置"),
    "ui.expected.end": ("an end after the start", "始まりより後の終わり"),
    "ui.explain.beyond": (
        "{rank} × {total} = request {wanted}; it lies beyond the last finite edge: {low}",
        "{rank} × {total} = {wanted} 番目。最後の有限の境界より上にあるため {low}",
    ),
    "ui.explain.counted": ("counted", "数えたもの"),
    "ui.explain.formula": ("formula", "式"),
    "ui.explain.from_to": (
        "after {start}, up to and with {end}",
        "{start} より後、{end} まで",
    ),
    "ui.explain.never": (
        "burn rate {burn}, not above 1: it is never empty",
        "バーンレート {burn} は 1 以下なので、尽きません",
    ),
    "ui.explain.quantile": (
        "{rank} × {total} = request {wanted}; {below} took at most {low}, the next {count} at most {high}: {low} + ({high} − {low}) × ({wanted} − {below}) ÷ {count} = {value}",
        "{rank} × {total} = {wanted} 番目。{low} 以下が {below} 件、続く {count} 件が {high} 以下: {low} + ({high} − {low}) × ({wanted} − {below}) ÷ {count} = {value}",
    ),
    "ui.explain.result": ("with numbers", "計算"),
    "ui.explain.seen": ("seen", "観測済み"),
    "ui.explain.slices": (
        "{seen} of {expected} slices",
        "{expected} スライス中 {seen}",
    ),
    "ui.explain.spent": ("nothing is left: {left}", "残りはありません: {left}"),
    "ui.explain.step": ("each step", "1 点の幅"),
    "ui.explain.window": ("window", "期間"),
    "ui.formula.buckets": (
        "requests of each bucket in the step",
        "刻みごと、バケットごとのリクエスト数",
    ),
    "ui.formula.burn": ("bad ÷ valid ÷ (1 − target)", "悪い ÷ 有効 ÷ (1 − 目標)"),
    "ui.formula.coverage": (
        "slices seen ÷ slices of the window",
        "観測したスライス ÷ 期間のスライス",
    ),
    "ui.formula.cpu": (
        "growth of CPU seconds ÷ seconds",
        "CPU 秒の増分 ÷ 秒数",
    ),
    "ui.formula.empty": (
        "left × window ÷ burn rate of the last hour, where that is above 1",
        "残り × 期間 ÷ 直近 1 時間のバーンレート (1 を超えるとき)",
    ),
    "ui.formula.gauge": (
        "highest sample of the step, all targets together",
        "刻みの中の最大値、全対象の合計",
    ),
    "ui.formula.late": (
        "growth across gaps of more than 5 minutes",
        "5 分を超える空白をまたいだ増分",
    ),
    "ui.formula.left": (
        "1 − bad ÷ (valid × (1 − target))",
        "1 − 悪い ÷ (有効 × (1 − 目標))",
    ),
    "ui.formula.quantile": (
        "the request at that rank, between the edges of its bucket in proportion",
        "その順位のリクエストの位置を、バケットの境界の間で比例配分",
    ),
    "ui.formula.rate": ("requests ÷ seconds", "リクエスト数 ÷ 秒数"),
    "ui.formula.ratio": (
        "requests with status 5xx ÷ all requests",
        "ステータス 5xx のリクエスト ÷ 全リクエスト",
    ),
    "ui.formula.saturation": (
        "growth of CPU seconds ÷ seconds · resident bytes · requests in flight: newest step, all targets together",
        "CPU 秒の増分 ÷ 秒数・常駐バイト・処理中のリクエスト: 最新の刻み、全対象の合計",
    ),
    "ui.formula.sli": ("(valid − bad) ÷ valid", "(有効 − 悪い) ÷ 有効"),
    "ui.formula.spent": (
        "bad on time + bad late",
        "通常の悪いイベント + 遅延した悪いイベント",
    ),
    "ui.note.birth": (
        "{series} appeared at {at}. It was never stored before, so it was counted from zero. Events added: {amount}.",
        "{series} が {at} に現れました。これまで保存されたことがない系列のため、{amount} 件をゼロから数えました。",
    ),
    "ui.note.birth.no_created": (
        "{series} appeared at {at} without a created time. The page before was read and did not show it, and it was never stored before, so it was counted from zero. Events added: {amount}.",
        "{series} が {at} に現れました。作成時刻はありませんが、直前のページになく、これまで保存されたこともない系列のため、{amount} 件をゼロから数えました。",
    ),
    "ui.note.birth.any_created": (
        "{series} appeared at {at}. Its created time, which may be that of the process, does not tell when it began. The page before was read and did not show it, and it was never stored before, so it was counted from zero. Events added: {amount}.",
        "{series} が {at} に現れました。作成時刻はプロセスの開始時刻かもしれず、系列が始まった時刻とは言えません。直前のページになく、これまで保存されたこともない系列のため、{amount} 件をゼロから数えました。",
    ),
    "ui.note.birth.new_process": (
        "{series} was on the first page of its target, at {at}. The process started after the target was discovered, so it was counted from zero. Events added: {amount}.",
        "{series} は、{at} に収集対象の最初のページで現れました。プロセスは収集対象の発見より後に始まっているため、{amount} 件をゼロから数えました。",
    ),
    "ui.note.simulated": (
        "A demo made up what happened until {until}. What is newer is real.",
        "{until} までのデータはデモ用に作られたものです。それより新しいものは実際のデータです。",
    ),
    "ui.objective.alert_history": ("Alert history", "アラートの履歴"),
    "ui.objective.bad": ("Bad events", "悪いイベント"),
    "ui.objective.burn_down": ("Budget over the window", "期間内のバジェットの推移"),
    "ui.objective.burn_down_label": (
        "The budget from full at the start of the window to {left} now",
        "期間の始まりの 100% から現在の {left} までのバジェットの推移",
    ),
    "ui.objective.burn_down_note": (
        "The budget of the window's events, spent event by event down to what is left now.",
        "期間内のイベントが許すバジェットを、悪いイベントが現在の残りまで減らしていく様子。",
    ),
    "ui.objective.ahead_note": (
        "The upright line is now; the dashed one goes on at that pace.",
        "縦の線が現在で、破線はその速さが続いた場合です。",
    ),
    "ui.objective.burn_rates": ("Burn rates", "バーンレート"),
    "ui.objective.coverage_note": (
        "of the window was seen",
        "期間のうち観測できた割合",
    ),
    "ui.objective.coverage_label": (
        "How much of the stretch was seen",
        "この範囲のカバレッジ",
    ),
    "ui.objective.declared": ("As declared over time", "宣言の移り変わり"),
    "ui.objective.events": ("Events", "イベント"),
    "ui.objective.history": ("History", "推移"),
    "ui.objective.lasts": (
        "At the pace of the last hour it lasts.",
        "直近 1 時間の速さなら、尽きません。",
    ),
    "ui.objective.late": ("Late events", "遅延イベント"),
    "ui.objective.late_note": (
        "in the budget, in no burn rate",
        "バジェットには入り、バーンレートには入りません",
    ),
    "ui.objective.late_why": (
        "Growth that became known after a gap of more than five minutes: it counts, but nobody can say when it happened.",
        "5 分を超える空白のあとに分かった増分です。数に入りますが、いつ起きたかは分かりません。",
    ),
    "ui.objective.left_events": (
        "{events} of {allowed} events",
        "{allowed} 件中 {events} 件",
    ),
    "ui.objective.no_alerts": (
        "No alert of this objective has changed yet.",
        "この目標のアラートは、まだ動いたことがありません。",
    ),
    "ui.objective.no_events": (
        "No events in the last {window}, so there is no budget to speak of.",
        "直近 {window}にイベントがないため、バジェットを計算できません。",
    ),
    "ui.objective.no_pairs": (
        "Its policy has no pair that can fire.",
        "ポリシーに、発報できる組がありません。",
    ),
    "ui.objective.of_valid": ("of {valid} valid", "有効 {valid} 件のうち"),
    "ui.objective.pace": ("at the pace of the last hour", "直近 1 時間の速さで"),
    "ui.objective.pairs": (
        "Burn rates against their factors",
        "バーンレートと係数",
    ),
    "ui.objective.rules": (
        "The rules that are compiled from it",
        "この宣言から書き出すルール",
    ),
    "ui.objective.runbook": ("Runbook: {ref}.", "ランブック: {ref}。"),
    "ui.objective.spent_so_far": (
        "{spent} bad events in the last {window}; {allowed} are allowed.",
        "直近 {window}の悪いイベントは {spent} 件。許されるのは {allowed} 件です。",
    ),
    "ui.pair.fires": ("fires", "発報の条件を満たす"),
    "ui.pair.holds": ("holds what was", "前の状態を保つ"),
    "ui.pair.resolves": ("calm", "平常"),
    "ui.range": ("Range", "範囲"),
    "ui.seen.little": ("under half seen", "観測が半分未満"),
    "ui.seen.most": ("partly seen", "一部を観測"),
    "ui.seen.unseen": ("not seen", "観測なし"),
    "ui.seen.whole": ("seen", "観測済み"),
    "ui.series.bad": ("bad", "悪い"),
    "ui.series.late": ("late", "遅延"),
    "ui.series.valid": ("valid", "有効"),
    "ui.zoom": (
        "Drag to zoom; point to read exact counts.",
        "ドラッグで拡大、重ねると正確な件数。",
    ),
    "ui.zoom_out": ("Zoom out", "拡大を解除"),
}
