"""What the pages of targets, notifications, settings and the demo say."""

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
    "ui.targets.labels": ("Labels", "ラベル"),
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
    "ui.demo.title": ("Demo", "デモ"),
    "ui.demo.note": (
        "Break the to-do service on purpose, and see how soon who is told. Only a demo has this page.",
        "ToDo サービスにわざと障害を起こし、どれだけ早くだれに知らされるかを確かめます。このページはデモだけにあります。",
    ),
    "ui.demo.banner": (
        "Demo. What happened until {until} is simulated; what is newer is real.",
        "デモです。{until} までのデータはシミュレーションで、それより新しいものは実際のデータです。",
    ),
    "ui.demo.banner_real": (
        "Demo. What you see is real.",
        "デモです。表示は実際のデータです。",
    ),
    "ui.demo.banner_loading": (
        "Demo. A simulated past is being loaded: {share}",
        "デモです。シミュレーションの履歴を読み込んでいます: {share}",
    ),
    "ui.demo.break": ("Break it", "障害を起こす"),
    "ui.demo.now": ("Now", "現在"),
    "ui.demo.well": ("All is well", "正常"),
    "ui.demo.broken": ("Broken on purpose", "障害を注入中"),
    "ui.demo.other": ("other faults, set by hand", "手で設定された障害"),
    "ui.demo.down": ("The service does not answer", "サービスが応答しません"),
    "ui.demo.past": ("Simulated past", "シミュレーションの履歴"),
    "ui.demo.loading.waiting": ("It is about to be loaded.", "まもなく読み込みます。"),
    "ui.demo.loading.storing": (
        "It is being stored: {share}",
        "保存しています: {share}",
    ),
    "ui.demo.loading.counting": (
        "It is stored; the ledger is being derived from it.",
        "保存しました。台帳を計算しています。",
    ),
    "ui.demo.loading.loaded": (
        "It is loaded, and marked wherever it shows. Real traffic is counted from its end on.",
        "読み込み済みです。表示されるところには必ずシミュレーションと示し、その終わりから先は実際のトラフィックを数えます。",
    ),
    "ui.demo.loading.failed": (
        "It could not be loaded; the server's log says why. Real traffic is counted as ever.",
        "読み込めませんでした。理由はサーバーのログにあります。実際のトラフィックは数えています。",
    ),
    "ui.demo.errors": ("A fifth of the requests fail", "リクエストの 2 割が失敗"),
    "ui.demo.errors_note": (
        "Four hundred times the allowed share: a page within minutes, and the budget burns visibly.",
        "許容の 400 倍です。数分で緊急の通知が届き、エラーバジェットが目に見えて減ります。",
    ),
    "ui.demo.slow": ("Half of the answers are slow", "応答の半分が遅延"),
    "ui.demo.slow_note": (
        "300 ms are added, past the objective of 200 ms: the latency objective burns ten times too fast.",
        "300 ミリ秒を加え、目標の 200 ミリ秒を超えさせます。レイテンシの目標が許容の 10 倍の速さで減ります。",
    ),
    "ui.demo.outage": ("Nothing works", "全面停止"),
    "ui.demo.outage_note": (
        "Every request is refused with 503: a page in about a minute.",
        "すべてのリクエストが 503 になります。およそ 1 分で緊急の通知が届きます。",
    ),
    "ui.demo.store": ("The database is slow", "データベースが遅い"),
    "ui.demo.store_note": (
        "Each call of DynamoDB takes 300 ms longer: nothing fails, and the latency objective burns.",
        "DynamoDB の呼び出しが毎回 300 ミリ秒遅くなります。失敗は起きず、レイテンシの目標だけが減ります。",
    ),
    "ui.demo.ai": ("The AI service cannot be asked", "AI サービスに問い合わせできない"),
    "ui.demo.ai_note": (
        "Sentences are kept as they are. Such an answer is degraded: bad for the objective of full answers, and no failure of the service.",
        "文章はそのまま保存されます。この応答は縮退として数え、完全な応答の目標だけが減ります。サービスの失敗にはなりません。",
    ),
    "ui.demo.certificate": ("The certificate has expired", "証明書の期限切れ"),
    "ui.demo.certificate_note": (
        "Clients refuse the connection before they ask anything. The service itself sees nothing wrong; only what clients count does.",
        "クライアントは何も送らずに接続をやめます。サービス側の計数には現れず、クライアント側の計数にだけ現れます。",
    ),
    "ui.demo.leak": ("Memory leaks", "メモリーリーク"),
    "ui.demo.leak_note": (
        "Each request keeps 256 kB, 512 MB in all. No objective moves yet; saturation on the page of the service does.",
        "リクエストごとに 256 kB を抱え込みます (合計 512 MB まで)。目標はまだ動かず、サービスのページの飽和だけが上がります。",
    ),
    "ui.demo.kill": ("The service crashes", "サービスの異常終了"),
    "ui.demo.kill_note": (
        "Its process ends without a word and comes back after 10 s, its counters at zero. No event is invented or lost.",
        "プロセスが突然終了し、10 秒後に戻ります。カウンターは 0 に戻りますが、イベントが増えたり失われたりはしません。",
    ),
    "ui.demo.clear": ("All well again", "元に戻す"),
    "ui.demo.clear_note": (
        "Every fault is taken away; alerts end when their data says so.",
        "すべての障害を取り除きます。アラートは、データで終わりが確認できると解決します。",
    ),
    "ui.demo.inject": ("Inject", "注入する"),
    "ui.demo.do_kill": ("Kill it", "強制終了する"),
    "ui.demo.do_clear": ("Take every fault away", "障害を取り除く"),
    "ui.demo.sign_in": (
        "Sign in with the token that the demo printed to break the service.",
        "障害を起こすには、デモが表示したトークンでサインインしてください。",
    ),
    "ui.demo.unknown": (
        "there is no such fault; expected one of {known}",
        "そのような障害はありません。指定できるもの: {known}",
    ),
    "ui.demo.away": (
        "the service does not answer; try again when it is back",
        "サービスが応答しません。戻ってからもう一度試してください",
    ),
    "ui.told.injected": (
        "The fault is injected.",
        "障害を注入しました。",
    ),
    "ui.told.cleared": ("Every fault is taken away.", "障害を取り除きました。"),
    "ui.told.killed": ("The service was killed.", "サービスを強制終了しました。"),
}
