"""Why scrapes are too far apart: the same sentence wherever an interval is known."""

TEXTS: dict[str, tuple[str, str]] = {
    "interval.gap": (
        "scrapes {interval} apart are too far apart: what grows between samples more than {gap} apart is late and in no burn rate\nScrape at least every {most}; 15s to 1m is usual.",
        "スクレイプ間隔 {interval} は長すぎます。{gap} を超えて離れたサンプルのあいだの増分は遅延として扱われ、どのバーンレートにも入りません\n間隔を {most} 以下にしてください (普通は 15s から 1m です)。",
    ),
    "interval.window": (
        "scrapes {interval} apart are too far apart for the policy's window of {window}: it holds fewer than two, so that a single failed scrape leaves it empty\nScrape at least every {most}, or use windows of at least {least}.",
        "スクレイプ間隔 {interval} は、ポリシーのウィンドウ {window} には長すぎます。スクレイプが 2 回入らないため、1 回失敗しただけで空になります\n間隔を {most} 以下にするか、ウィンドウを {least} 以上にしてください。",
    ),
    "interval.rules": (
        "scrapes {interval} apart are too far apart for rules compiled for {compiled}: a target counts as seen for only {seen} after a scrape\nGive the job a scrape_interval of {interval} in kizashi.yaml and compile again, or scrape every {compiled}.",
        "スクレイプ間隔 {interval} は、{compiled} 用に生成されたルールには長すぎます。収集対象は 1 回のスクレイプの後 {seen} しか観測済みになりません\nkizashi.yaml でジョブの scrape_interval を {interval} にして生成し直すか、{compiled} ごとにスクレイプしてください。",
    ),
}
