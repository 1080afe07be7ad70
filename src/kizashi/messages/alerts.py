"""What ``kizashi alert``, ``kizashi silence`` and ``kizashi explain`` say."""

TEXTS: dict[str, tuple[str, str]] = {
    "alert.help": (
        "Show, acknowledge and resolve alerts.",
        "アラートを表示し、引き受け、終わらせます。",
    ),
    "alert.usage": ("kizashi alert COMMAND …", "kizashi alert コマンド …"),
    "alert.list.help": (
        "List what is pending, firing, frozen or was resolved a moment ago, the worst first.",
        "保留中、発報中、凍結中のアラートと、解決したばかりのアラートを、悪いものから順に表示します。",
    ),
    "alert.list.usage": (
        "kizashi alert list [OPTIONS]",
        "kizashi alert list [オプション]",
    ),
    "alert.show.help": (
        "Show one alert: why it fired or did not, its history, whom it told.",
        "1 つのアラートについて、発報した理由・しなかった理由、履歴、通知を表示します。",
    ),
    "alert.show.usage": (
        "kizashi alert show ID [OPTIONS]",
        "kizashi alert show ID [オプション]",
    ),
    "alert.ack.help": (
        "Acknowledge an alert: it is no longer repeated.",
        "アラートを引き受けます。以後、通知は繰り返されません。",
    ),
    "alert.ack.usage": (
        "kizashi alert ack ID [OPTIONS]",
        "kizashi alert ack ID [オプション]",
    ),
    "alert.resolve.help": (
        "End an alert by your word, with a reason that its history keeps.",
        "理由を添えて、人の判断でアラートを終わらせます。理由は履歴に残ります。",
    ),
    "alert.resolve.usage": (
        "kizashi alert resolve ID --reason TEXT [OPTIONS]",
        "kizashi alert resolve ID --reason 理由 [オプション]",
    ),
    "alert.option.id": (
        "The alert's id, as the list shows it.",
        "一覧に出るアラートの ID。",
    ),
    "alert.option.at": (
        "The time to answer for: Unix seconds, RFC 3339, or -2h for two hours ago (default: now).",
        "どの時点を見るか。Unix 秒、RFC 3339、または 2 時間前を表す -2h など (既定値: 現在)。",
    ),
    "alert.option.state": (
        "Only those that are pending, firing, frozen or resolved.",
        "pending、firing、frozen、resolved のいずれかの状態だけ。",
    ),
    "alert.option.service": ("Only those of this service.", "このサービスのものだけ。"),
    "alert.option.by": (
        "A remark on who does it; it is shown beside the token's name.",
        "だれが行うかについての補足。トークンの名前の横に表示する。",
    ),
    "alert.option.reason": (
        "Why it is over, for those who read the history.",
        "終わったと判断した理由。履歴を読む人のために残ります。",
    ),
    "alert.bad_time": (
        "{given!r} is no time. Expected Unix seconds (1700000000), RFC 3339 (2023-11-14T22:13:20Z), or a time ago such as -2h.",
        "{given!r} は時刻ではありません。Unix 秒 (1700000000)、RFC 3339 (2023-11-14T22:13:20Z)、または -2h のような過去の時点を指定してください。",
    ),
    "alert.bad_objective": (
        "{given!r} names no objective. Expected SERVICE/OBJECTIVE, as `kizashi status` shows them.",
        "{given!r} は目標の名前ではありません。`kizashi status` に出るとおり、サービス/目標 の形で指定してください。",
    ),
    "alert.none": (
        "No alert is pending, firing or frozen.",
        "保留中、発報中、凍結中のアラートはありません。",
    ),
    "alert.acknowledged": (
        "{what} is acknowledged by {by}: it is no longer repeated.",
        "{what} を {by} が引き受けました。以後、通知は繰り返されません。",
    ),
    "alert.resolved": (
        "{what} has ended by your word. If its data still says that it burns, it fires again as a new episode.",
        "{what} を終わらせました。データがまだ超過を示していれば、新しい回として再び発報します。",
    ),
    "alert.column.severity": ("SEVERITY", "重大度"),
    "alert.column.state": ("STATE", "状態"),
    "alert.column.name": ("ALERT", "アラート"),
    "alert.column.what": ("OF", "対象"),
    "alert.column.since": ("SINCE", "いつから"),
    "alert.column.held_back": ("NOTIFYING", "通知"),
    "alert.column.id": ("ID", "ID"),
    "alert.told": ("yes", "する"),
    "alert.told.upstream": ("by the server", "サーバー側"),
    "alert.held.silenced": ("silenced", "サイレンス中"),
    "alert.held.acknowledged": ("taken by {by}", "{by} が対応中"),
    "alert.state.inactive": ("inactive", "平常"),
    "alert.state.pending": ("pending", "保留中"),
    "alert.state.firing": ("firing", "発報中"),
    "alert.state.frozen": ("frozen", "凍結中"),
    "alert.state.resolved": ("resolved", "解決済み"),
    "silence.help": (
        "Stop telling people of alerts for a while; the alerts stay visible.",
        "アラートの通知をしばらく止めます。アラートは見えたままです。",
    ),
    "silence.usage": ("kizashi silence COMMAND …", "kizashi silence コマンド …"),
    "silence.add.help": (
        "Silence an objective, or whatever matchers name.",
        "目標、または条件に合うアラートの通知を止めます。",
    ),
    "silence.add.usage": (
        "kizashi silence add (SERVICE/OBJECTIVE | --matcher LABEL=VALUE …) --reason TEXT (--for 2h | --until TIME) [OPTIONS]",
        "kizashi silence add (サービス/目標 | --matcher ラベル=値 …) --reason 理由 (--for 2h | --until 時刻) [オプション]",
    ),
    "silence.list.help": (
        "List silences that are pending or active, and those that ended today.",
        "これから始まる、または有効なサイレンスと、今日終わったものを表示します。",
    ),
    "silence.list.usage": (
        "kizashi silence list [OPTIONS]",
        "kizashi silence list [オプション]",
    ),
    "silence.end.help": ("End a silence now.", "サイレンスを今すぐ終えます。"),
    "silence.end.usage": (
        "kizashi silence end ID [OPTIONS]",
        "kizashi silence end ID [オプション]",
    ),
    "silence.option.objective": (
        "The objective to silence, as service/objective.",
        "通知を止める目標 (サービス/目標)。",
    ),
    "silence.option.matcher": (
        "What must hold of an alert's labels, such as severity=page or 'job=~api.*'; may be given more than once, and then all must hold.",
        "アラートのラベルに求める条件。severity=page や 'job=~api.*' など。複数指定すると、すべてを満たすものが対象になります。",
    ),
    "silence.option.reason": (
        "Why nobody should be told.",
        "通知を止める理由。",
    ),
    "silence.option.for": ("How long, such as 2h.", "長さ (2h など)。"),
    "silence.option.until": (
        "Until when: Unix seconds or RFC 3339.",
        "いつまで。Unix 秒か RFC 3339。",
    ),
    "silence.option.owner": (
        "Who answers for it (default: the token's name).",
        "担当者 (既定値: トークンの名前)。",
    ),
    "silence.option.id": (
        "The silence's id, as the list shows it.",
        "一覧に出るサイレンスの ID。",
    ),
    "silence.what": (
        "Name either an objective or matchers with --matcher, and not both.",
        "目標か --matcher の条件の、どちらか一方を指定してください。",
    ),
    "silence.when": (
        "Say how long with --for, or until when with --until, and not both.",
        "--for (長さ) か --until (いつまで) の、どちらか一方を指定してください。",
    ),
    "silence.damaged": (
        "Damaged silences that mute nothing: {count}, the first found {since}. Run `kizashi verify` where the data folder is: it shows what they said. Then add those again that are still needed.",
        "壊れていて効かないサイレンスが {count} 件あります (最初に見つかったのは {since})。データフォルダーのあるマシンで `kizashi verify` を実行すると、元の内容が分かります。まだ必要なものは作り直してください。",
    ),
    "silence.none": ("No silence is in force.", "有効なサイレンスはありません。"),
    "silence.added": (
        "Silence {id} holds until {ends}. Alerts that stand and are muted by it: {count}.",
        "サイレンス {id} を {ends} まで設けました。いま通知が止まるアラート: {count} 件。",
    ),
    "silence.ended": ("Silence {id} has ended.", "サイレンス {id} を終えました。"),
    "silence.column.matchers": ("MATCHERS", "条件"),
    "silence.column.starts": ("FROM", "開始"),
    "silence.column.ends": ("UNTIL", "終了"),
    "silence.column.mutes": ("MUTES", "停止中"),
    "silence.column.owner": ("OWNER", "担当者"),
    "silence.column.reason": ("REASON", "理由"),
    "silence.state.pending": ("pending", "開始前"),
    "silence.state.active": ("active", "有効"),
    "silence.state.expired": ("expired", "終了"),
}
