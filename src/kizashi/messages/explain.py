"""What ``kizashi explain`` and ``kizashi alert show`` say of a decision."""

TEXTS: dict[str, tuple[str, str]] = {
    "explain.help": (
        "Say how an objective's figures came to be and why each of its alerts fired, is held, was resolved or did not fire, now or at a time; with the arithmetic.",
        "目標の値の求め方と、アラートがそれぞれ発報した、続いている、解決した、しなかった理由を、計算とともに示します。過去の時点も指定できます。",
    ),
    "explain.usage": (
        "kizashi explain SERVICE/OBJECTIVE [--at TIME] [OPTIONS]",
        "kizashi explain サービス/目標 [--at 時刻] [オプション]",
    ),
    "explain.option.objective": (
        "The objective, as service/objective.",
        "目標 (サービス/目標)。",
    ),
    "explain.title": (
        "{what}: target {target} over {window}, as of {at} ({state})",
        "{what}: 目標値 {target}、期間 {window}、{at} 現在 ({state})",
    ),
    "explain.figures": ("Figures", "値"),
    "explain.figure.window": (
        "bad {bad}, valid {valid}; {seen} of {expected} slices seen; {start} to {end}",
        "悪い {bad}、有効 {valid}。観測済みスライス {seen} / {expected}。{start} から {end} まで",
    ),
    "explain.counted": ("counted: {query}", "数えたもの: {query}"),
    "explain.notes": ("Notes", "注記"),
    "explain.alert": ("{name} ({severity}): {state}", "{name} ({severity}): {state}"),
    "explain.id": ("id {id}", "アラート ID {id}"),
    "explain.fires": (
        "Fires since {since} because of {pairs}: both windows burn faster than the factor, on enough bad events.",
        "{since} から発報中。{pairs} の両方のウィンドウで係数を超え、悪いイベントも足りています。",
    ),
    "explain.fires.plain": ("Fires since {since}.", "{since} から発報中。"),
    "explain.frozen": (
        "Frozen since {since}; it fired at {fired}. No pair fires now, but the data does not say either that it is over. So it keeps repeating, and ends on data, on deletion, or by a person with a reason.",
        "{since} から凍結中 (発報は {fired})。いま発報の条件を満たす組はありませんが、終わったと言えるデータもありません。そのため通知を繰り返し、データで終わりが確認できるか、宣言が削除されるか、人が理由を添えて終わらせるまで続きます。",
    ),
    "explain.pending": (
        "Pending since {began}: its condition holds, and nobody has been told yet.",
        "{began} から保留中。条件は満たしていますが、まだだれにも知らせていません。",
    ),
    "explain.pending.until": (
        "It fires if the condition holds until {until} ({length} in all).",
        "条件が {until} まで続けば発報します (全部で {length})。",
    ),
    "explain.inactive": (
        "Does not fire: no pair burns faster than its factor in both windows on enough bad events.",
        "発報していません。両方のウィンドウで係数を超え、悪いイベントも足りている組がありません。",
    ),
    "explain.inactive.fires": (
        "Not firing at this moment, although the newest slice makes {pairs} fire: the next step of the alert takes that in.",
        "最新のスライスでは {pairs} が条件を満たしていますが、この時点では発報していません。アラートの次の判定に反映されます。",
    ),
    "explain.inactive.plain": ("Does not fire.", "発報していません。"),
    "explain.nearest": (
        "The nearest to firing is {pair}: it would fire with {count} more bad events now.",
        "発報に最も近いのは {pair} です。いま悪いイベントがあと {count} 件あれば発報します。",
    ),
    "explain.resolved.data": (
        "Resolved at {since}: its own data said that it was over.",
        "{since} に解決。データから、終わったと分かりました。",
    ),
    "explain.resolved.person": (
        "Resolved at {since} by {by}: {reason}",
        "{since} に {by} が終わらせました: {reason}",
    ),
    "explain.resolved.deleted": (
        "Resolved at {since}: what it watched is no longer declared.",
        "{since} に解決。監視していたものが宣言からなくなりました。",
    ),
    "explain.pair": (
        "Pair {pair}, factor {factor}: {verdict}",
        "組 {pair}、係数 {factor}: {verdict}",
    ),
    "explain.verdict.fires": ("fires", "条件を満たす"),
    "explain.verdict.held": (
        "held, neither fires nor is over",
        "継続 (満たしも終わりもしない)",
    ),
    "explain.verdict.over": ("over", "終わり"),
    "explain.verdict.quiet": ("does not fire", "条件を満たさない"),
    "explain.limit": (
        "limit = factor x (1 - target) = {limit}; a window is over it if {formula}",
        "上限 = 係数 × (1 - 目標値) = {limit}。{formula} のとき、ウィンドウは上限を超えています",
    ),
    "explain.formula": (
        "bad x {q} x coverage > {p} x valid",
        "悪い × {q} × カバレッジ > {p} × 有効",
    ),
    "explain.formula.bad": (
        "(bad x coverage + valid x (1 - coverage)) x {q} > {p} x valid",
        "(悪い × カバレッジ + 有効 × (1 - カバレッジ)) × {q} > {p} × 有効",
    ),
    "explain.column.window": ("WINDOW", "ウィンドウ"),
    "explain.column.bad": ("BAD", "悪い"),
    "explain.column.valid": ("VALID", "有効"),
    "explain.column.seen": ("SEEN", "観測済み"),
    "explain.column.work": ("ARITHMETIC", "計算"),
    "explain.column.verdict": ("LIMIT", "上限"),
    "explain.over": ("exceeded", "超過"),
    "explain.under": ("not exceeded", "超えない"),
    "explain.guard.met": (
        "at least {least} bad events in {window} (minBadEvents): there are {bad}, so met",
        "{window} に悪いイベントが {least} 件以上 (minBadEvents): {bad} 件あり、満たす",
    ),
    "explain.guard.missed": (
        "at least {least} bad events in {window} (minBadEvents): there are {bad}, so not met",
        "{window} に悪いイベントが {least} 件以上 (minBadEvents): {bad} 件しかなく、満たさない",
    ),
    "explain.to_fire": (
        "to fire: {count} more bad events now, all else as it is",
        "発報するには: ほかが今のままなら、悪いイベントがあと {count} 件",
    ),
    "explain.to_fire.unseen": (
        "to fire: more of its windows must be seen; at this coverage no number of bad events is enough",
        "発報するには: ウィンドウの観測が足りません。このカバレッジでは、悪いイベントが何件あっても発報しません",
    ),
    "explain.to_end": (
        "to end: at most {long_bad} bad of {long_valid} in {long}, or {short_bad} of {short_valid} in {short}, with at least half of that window seen; or fewer than {least} bad events in {long}",
        "終わるには: ウィンドウの半分以上が観測済みで、{long} の悪いイベントが {long_valid} 件中 {long_bad} 件以下か、{short} の悪いイベントが {short_valid} 件中 {short_bad} 件以下。または {long} の悪いイベントが {least} 件未満",
    ),
    "explain.to_end.unseen": (
        "{windows}: less than half seen, so it cannot end the alert",
        "{windows}: 観測済みが半分に満たないため、アラートを終わらせられません",
    ),
    "explain.to_end.bad": (
        "{windows}: unseen time counts as bad and is more than allowed by itself, so it cannot end the alert",
        "{windows}: 観測できなかった時間が悪いとみなされ、それだけで許容量を超えるため、アラートを終わらせられません",
    ),
    "explain.no_data.freeze": (
        "unseen time counts as good at the seen rate, and with too little seen an alert neither fires nor ends (noData: freeze)",
        "観測できなかった時間は、観測した割合で良いとみなします。観測が足りなければ、アラートは発報も終了もしません (noData: freeze)",
    ),
    "explain.no_data.bad": (
        "unseen time counts as bad at the seen rate (noData: bad)",
        "観測できなかった時間は、観測した割合で悪いとみなします (noData: bad)",
    ),
    "explain.no_data.good": (
        "unseen time counts as good, and an alert ends however little was seen (noData: good)",
        "観測できなかった時間は良いとみなし、観測がどれほど少なくてもアラートは終わります (noData: good)",
    ),
    "explain.for": (
        "the condition must hold for {length} before anyone is told",
        "条件が {length} 続くまで、だれにも知らせません",
    ),
    "explain.loss": (
        "It fires when less than half of {window}, the shortest window, was seen for longer than {window} and than two scrapes. Now {coverage} of it was seen. It is a ticket where the target answers without the series, else a page.",
        "最も短いウィンドウ {window} の観測済みが半分に満たない状態が、{window} とスクレイプ 2 回分のどちらよりも長く続くと発報します。いまの観測済みは {coverage} です。収集はできて系列だけがないときは ticket、それ以外は page になります。",
    ),
    "explain.loss.good": (
        "It never fires: the objective says noData: good.",
        "目標に noData: good とあるため、発報することはありません。",
    ),
    "explain.facts": ("what it rests on: {facts}", "根拠: {facts}"),
    "explain.history": ("history", "履歴"),
    "explain.history.none": (
        "no change of state up to then",
        "それまでに状態の変化はありません",
    ),
    "explain.event": (
        "{at}  {before} -> {after} (episode {episode})  {why}",
        "{at}  {before} -> {after} ({episode} 回目)  {why}",
    ),
    "explain.event.taken": (
        "{at}  acknowledged by {by}",
        "{at}  {by} が対応を引き受けた",
    ),
    "explain.why.pair": (
        "{pair} {verdict}: bad {long_bad} of {long_valid} in {long}, {short_bad} of {short_valid} in {short}",
        "{pair} {verdict}: 悪いイベントは {long} に {long_valid} 件中 {long_bad} 件、{short} に {short_valid} 件中 {short_bad} 件",
    ),
    "explain.why.person": ("ended by {by}: {reason}", "{by} が終わらせた: {reason}"),
    "explain.why.deleted": (
        "no longer declared",
        "宣言からなくなった",
    ),
    "explain.notifications": ("notifications", "通知"),
    "explain.notifications.upstream": (
        "the server that is read decides this alert, and its Alertmanager tells people",
        "読み取り先のサーバーが判定し、そのサーバーの Alertmanager が通知します",
    ),
    "explain.notifications.none": (
        "none: nobody was told",
        "なし (だれにも知らせていません)",
    ),
    "explain.notification": (
        "{at}  {receiver} ({kind}): {state}",
        "{at}  {receiver} ({kind}): {state}",
    ),
    "explain.notification.next": (
        "{at}  {receiver} ({kind}): {state}, next attempt at {next}",
        "{at}  {receiver} ({kind}): {state}、次の試行は {next}",
    ),
    "explain.notification.pending": ("pending", "配信待ち"),
    "explain.notification.muted": ("muted", "通知停止"),
    "explain.attempt": ("{at}  {outcome}", "{at}  {outcome}"),
    "explain.silenced": (
        "silenced by {id} until {ends} ({owner}): {reason}",
        "サイレンス {id} により {ends} まで停止中 ({owner}): {reason}",
    ),
    "explain.silenced.unknown": (
        "silenced by {id}, which has ended since",
        "サイレンス {id} により停止中 (現在は終了)",
    ),
    "explain.taken": (
        "{by} acknowledged it at {at}; it is not repeated",
        "{at} に {by} が引き受けました。通知は繰り返されません",
    ),
    "explain.runbook": ("runbook: {ref}", "ランブック: {ref}"),
}
