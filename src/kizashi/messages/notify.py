"""What a notification says of an alert, and how its delivery went."""

TEXTS: dict[str, tuple[str, str]] = {
    "ui.alert.burn": ("Error budget burns", "エラーバジェットの消費"),
    "ui.alert.down": ("Targets are down", "収集対象の停止"),
    "ui.alert.invalid": ("Impossible figures", "ありえない数字"),
    "ui.alert.loss": ("Data is lost", "データの欠落"),
    "ui.alert.damaged": ("Stored data is damaged", "保存データの破損"),
    "ui.alert.failing": ("Cannot store", "保存の失敗"),
    "ui.alert.undelivered": ("Notification failed", "通知の失敗"),
    "ui.reason.figures": (
        "{objective}: its figures cannot be right; a ticket since {since} says why.",
        "{objective}: 数字が正しくありません。理由はチケットにあります ({since}から)。",
    ),
    "ui.reason.loss": (
        "{objective}: its data is lost since {since}, so nobody can say how it stands.",
        "{objective}: データが届いていないため、状態が分かりません ({since}から)。",
    ),
    "notify.burn.summary": (
        "{service}/{objective}: the error budget burns {burn} times faster than allowed",
        "{service}/{objective}: エラーバジェットが許容の {burn} 倍の速さで減っています",
    ),
    "notify.burn.plain": (
        "{service}/{objective}: the error budget burns too fast",
        "{service}/{objective}: エラーバジェットの減りが速すぎます",
    ),
    "notify.burn.frozen": (
        "{service}/{objective}: the error budget was burning too fast, and too little is seen to tell whether it still is",
        "{service}/{objective}: エラーバジェットの減りが速すぎたあと、いまも続いているかを判断できるだけのデータがありません",
    ),
    "notify.burn.over": (
        "{service}/{objective}: the error budget no longer burns too fast",
        "{service}/{objective}: エラーバジェットの減り方が許容範囲に戻りました",
    ),
    "notify.burn.counts": (
        "In the last {long_words}, {bad} of {valid} events were bad.",
        "直近 {long_words}では、イベント {valid} 件のうち {bad} 件が悪いイベントでした。",
    ),
    "notify.burn.none": (
        "In the last {long_words}, no events were counted.",
        "直近 {long_words}に数えたイベントはありません。",
    ),
    "notify.burn.budget": (
        "{budget_left} of the error budget is left (target {target} over {window_words}).",
        "エラーバジェットの残りは {budget_left} です (目標値 {target}、期間 {window_words})。",
    ),
    "notify.burn.overspent": (
        "The error budget is overspent by {over} (target {target} over {window_words}).",
        "エラーバジェットを {over} 超過しています (目標値 {target}、期間 {window_words})。",
    ),
    "notify.burn.empty": (
        "At this rate it is used up in {time_to_empty}.",
        "このままでは、あと {time_to_empty}で使い切ります。",
    ),
    "notify.frozen": (
        "Too little data comes in to tell whether it is over, so this alert stays.",
        "解決したと判断できるだけのデータが届いていないため、このアラートは続きます。",
    ),
    "notify.loss.summary": (
        "{service}/{objective}: no data, so the objective cannot be watched",
        "{service}/{objective}: データが届かず、目標を監視できません",
    ),
    "notify.loss.what": (
        "Only {coverage} of the last {window_words} was seen.",
        "直近 {window_words}のカバレッジは {coverage} です。",
    ),
    "notify.loss.absent": (
        "The scrape targets answer, but without the series that this objective counts.",
        "収集対象は応答していますが、この目標が数える系列がありません。",
    ),
    "notify.loss.broken": (
        "The scrape targets do not answer.",
        "収集対象が応答していません。",
    ),
    "notify.loss.unknown": (
        "No scrape target is known.",
        "収集対象がひとつも見つかっていません。",
    ),
    "notify.loss.meaning": (
        "Until data is back, no burn-rate alert of this objective can fire or resolve.",
        "データが戻るまで、この目標のバーンレートのアラートは発報も解決もしません。",
    ),
    "notify.loss.over": (
        "{service}/{objective}: data is back",
        "{service}/{objective}: データが再び届いています",
    ),
    "notify.loss.over-what": (
        "The objective is watched again.",
        "目標の監視を再開しました。",
    ),
    "notify.invalid.summary": (
        "{service}/{objective}: its figures cannot be right",
        "{service}/{objective}: 数字が正しくありません",
    ),
    "notify.invalid.meaning": (
        "Until that is mended, the objective has no error budget.",
        "直るまで、この目標のエラーバジェットは求められません。",
    ),
    "notify.invalid.over": (
        "{service}/{objective}: its figures are sound again",
        "{service}/{objective}: 数字が正常に戻りました",
    ),
    "notify.invalid.over-what": (
        "The objective has an error budget again.",
        "この目標のエラーバジェットを再び求められます。",
    ),
    "notify.down.summary": (
        "{job}: {down} of {targets} scrape targets do not answer",
        "{job}: 収集対象 {targets} 件のうち {down} 件が応答しません",
    ),
    "notify.down.what": (
        "Their last scrapes failed. What they count is not seen until they answer again.",
        "直近の収集に失敗しています。応答が戻るまで、その件数は観測されません。",
    ),
    "notify.down.one": (
        "It is {instance}: {error}.",
        "対象は {instance} です: {error}。",
    ),
    "notify.down.some": (
        "One of them is {instance}: {error}.",
        "そのひとつは {instance} です: {error}。",
    ),
    "notify.down.over": (
        "{job}: the scrape targets answer again",
        "{job}: 収集対象の応答が戻りました",
    ),
    "notify.down.over-what": (
        "Metrics of this job are read again.",
        "このジョブのメトリクスを再び収集しています。",
    ),
    "notify.failed.summary": (
        "Notifications to {receiver} ({kind}) could not be delivered",
        "{receiver} ({kind}) への通知を配信できませんでした",
    ),
    "notify.failed.what": (
        "Somebody was not told of an alert. The last answer was: {answer}",
        "アラートを知らせられていない相手がいます。最後の応答: {answer}",
    ),
    "notify.failed.over": (
        "Notifications to {receiver} ({kind}) arrive again",
        "{receiver} ({kind}) への通知が再び届いています",
    ),
    "notify.failed.over-what": (
        "The receiver takes notifications again.",
        "レシーバーが通知を受け付けています。",
    ),
    "notify.damaged.summary": (
        "Stored data is damaged: {file} (rows: {rows})",
        "保存データが壊れています: {file} の {rows} 行",
    ),
    "notify.damaged.lost": (
        "What they held from {start} to {end} counts as unseen.",
        "{start} から {end} のうち、壊れた部分は未観測として扱います。",
    ),
    "notify.damaged.mended": (
        "All of it was counted again from samples, so no figure is affected. Check the disk.",
        "すべてサンプルから計算し直したので、数値に欠けはありません。ディスクを調べてください。",
    ),
    "notify.damaged.aside": (
        "They were set aside and no longer have any effect: {tables}.",
        "該当の行は取り除き、処理には使いません: {tables}。",
    ),
    "notify.damaged.log": (
        "What was stored last before a stop is lost: silences, acknowledgements, and tokens that were made or revoked.",
        "停止する直前に保存したものが失われました。サイレンス、対応中の記録、トークンの作成と失効を確かめてください。",
    ),
    "notify.damaged.what": (
        "Run `kizashi verify --data {data}`: it names what is damaged and what to restore.",
        "`kizashi verify --data {data}` を実行すると、壊れた箇所と復元の手順が分かります。",
    ),
    "notify.damaged.over": (
        "Nothing in {file} is known to be damaged",
        "{file} に壊れた箇所は見つかっていません",
    ),
    "notify.damaged.over-what": (
        "What was damaged was counted again, or is older than what is kept.",
        "壊れた部分は計算し直したか、保持期間を過ぎました。",
    ),
    "notify.failing.summary": (
        "What is measured cannot be stored",
        "計測したデータを保存できません",
    ),
    "notify.failing.what": (
        "Alerts and notifications go on; samples wait in memory, and the oldest are lost after a while. {why}",
        "アラートと通知は動いています。サンプルはメモリーで待ち、しばらくすると古いものから失われます。{why}",
    ),
    "notify.failing.copy": (
        "The data folder {data} cannot be written ({why}). Kizashi goes on with a copy: nothing from now on is kept, and notifications may come again after the next start.",
        "データフォルダー {data} に書き込めません ({why})。コピーで動いています。これからの記録は残らず、次に起動したあと同じ通知が再び届くことがあります。",
    ),
    "notify.failing.over": (
        "What is measured is stored again",
        "計測したデータを再び保存しています",
    ),
    "notify.failing.over-what": (
        "All that waited has been stored.",
        "待っていたデータも保存しました。",
    ),
    "notify.other.summary": (
        "{alertname} is firing",
        "{alertname} が発報しています",
    ),
    "notify.other.over": (
        "{alertname} is resolved",
        "{alertname} が解決しました",
    ),
    "notify.other.what": (
        "Its labels say what it is about.",
        "内容はラベルを見てください。",
    ),
    "notify.delivered": ("delivered: {answer}", "配信しました: {answer}"),
    "notify.logged": ("written to the log", "ログに書きました"),
    "notify.status": ("the receiver answered {answer}", "レシーバーの応答: {answer}"),
    "notify.timeout": (
        "no answer within {answer}",
        "{answer} 以内に応答がありませんでした",
    ),
    "notify.refused": ("connection refused", "接続を拒否されました"),
    "notify.closed": (
        "the receiver closed the connection before it answered",
        "応答の前にレシーバーが接続を閉じました",
    ),
    "notify.dns": (
        "cannot resolve the name {answer}",
        "名前 {answer} を解決できません",
    ),
    "notify.tls": ("TLS failed: {answer}", "TLS に失敗しました: {answer}"),
    "notify.not-http": ("the answer is not HTTP", "応答が HTTP ではありません"),
    "notify.unreachable": ("cannot connect: {answer}", "接続できません: {answer}"),
    "notify.secret-file": (
        "the secret file cannot be used: {answer}",
        "シークレットのファイルを使えません: {answer}",
    ),
    "notify.no-receiver": (
        "the configuration no longer has this receiver",
        "このレシーバーは設定から削除されています",
    ),
    "notify.internal": (
        "a mistake in Kizashi ({answer}); the log has the details",
        "Kizashi の内部エラーです ({answer})。詳細はログにあります",
    ),
}
