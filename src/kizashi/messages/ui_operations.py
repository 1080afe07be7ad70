"""What the pages of targets, notifications and settings say."""

TEXTS: dict[str, tuple[str, str]] = {
    "ui.targets.title": ("Targets", "収集対象"),
    "ui.targets.search": (
        "Job, instance or label",
        "ジョブ、インスタンス、ラベル",
    ),
    "ui.targets.found": (
        "{found} of {total} targets",
        "収集対象 {total} 件中 {found} 件",
    ),
    "ui.targets.instance": ("Target", "対象"),
    "ui.targets.scraped": ("Last scrape", "最後のスクレイプ"),
    "ui.targets.took": ("Took", "所要時間"),
    "ui.targets.samples": ("Samples", "サンプル数"),
    "ui.targets.interval": ("Interval / timeout", "間隔 / タイムアウト"),
    "ui.targets.no_match": (
        "No target matches. Try a shorter word, or another state.",
        "一致する収集対象がありません。検索語を短くするか、別の状態を選んでください。",
    ),
    "ui.targets.none": (
        "No target is discovered, so nothing is seen.",
        "収集対象が見つからないため、何も観測していません。",
    ),
    "ui.targets.none_hint": (
        "Name some in scrape_configs of kizashi.yaml.",
        "kizashi.yaml の scrape_configs に指定してください。",
    ),
    "ui.targets.more": ("How to configure scraping", "収集の設定方法"),
    "ui.notifications.title": ("Notification log", "通知の記録"),
    "ui.notifications.newest": (
        "The newest {most} notifications, with every attempt",
        "新しい順に {most} 件までの通知と、その試行",
    ),
    "ui.notifications.since": ("Since", "発生"),
    "ui.notifications.receiver": ("Receiver", "レシーバー"),
    "ui.notifications.about": ("Of", "対象"),
    "ui.notifications.and_more": ("and {count} more", "ほか {count} 件"),
    "ui.notifications.attempts": ("Attempts and answers", "試行と応答"),
    "ui.notifications.next": ("next attempt", "次の試行:"),
    "ui.notifications.no_match": (
        "No notification is like this.",
        "当てはまる通知はありません。",
    ),
    "ui.notifications.none": (
        "Nobody has been told of anything yet.",
        "まだ通知はありません。",
    ),
    "ui.notifications.none_hint": (
        "Without a route and receivers in kizashi.yaml nobody ever is.",
        "kizashi.yaml に route と receivers がなければ、だれにも通知されません。",
    ),
    "ui.notifications.more": ("How to receive alerts", "アラートの受け取り方"),
    "ui.settings.title": ("Settings", "設定"),
    "ui.settings.note": (
        "What this server runs with. It is changed in its files and taken with SIGHUP or POST /-/reload; here it can only be read.",
        "このサーバーを動かしている設定です。変更は設定ファイルで行い、SIGHUP か POST /-/reload で反映します。この画面では変更できません。",
    ),
    "ui.settings.flags": ("Started with", "起動時の指定"),
    "ui.settings.flags_note": (
        "A restart changes these.",
        "変更には再起動が必要です。",
    ),
    "ui.settings.net": ("Connections from outside", "外からの接続"),
    "ui.settings.net_note": (
        "Counted since the start. /metrics has them by reason.",
        "起動してからの件数です。理由別の数は /metrics にあります。",
    ),
    "ui.settings.net_open": ("Open now", "開いている接続"),
    "ui.settings.net_of": ("{open} of at most {most}", "{open} (上限 {most})"),
    "ui.settings.net_evicted": (
        "Closed to make room for others",
        "ほかの接続のために閉じた接続",
    ),
    "ui.settings.net_refused": (
        "Refused because the limit was reached",
        "上限に達したため拒否した接続",
    ),
    "ui.settings.net_timed_out": (
        "Closed because the client was too slow",
        "クライアントが遅いために閉じた接続",
    ),
    "ui.settings.net_requests": (
        "Requests refused before they were read",
        "読み取る前に拒否したリクエスト",
    ),
    "ui.settings.net_more": (
        "Limits of connections",
        "接続の上限",
    ),
    "ui.settings.files": ("Files", "ファイル"),
    "ui.settings.no_files": (
        "No file was read: every setting has its default.",
        "読み込んだファイルはありません。すべて既定値です。",
    ),
    "ui.settings.refused": ("Files that need attention", "確認が必要なファイル"),
    "ui.settings.warnings": ("Warnings", "警告"),
    "ui.settings.configuration": (
        "The configuration in force",
        "有効な設定",
    ),
    "ui.settings.configuration_note": (
        "Defaults are filled in; secrets are masked, the path of a webhook among them.",
        "既定値も含めて表示します。シークレットと Webhook のパスは伏せています。",
    ),
    "ui.settings.more": (
        "Every key of kizashi.yaml",
        "kizashi.yaml のすべての項目",
    ),
}
