"""What ``kizashi serve`` says."""

TEXTS: dict[str, tuple[str, str]] = {
    "serve.config.help": (
        "The configuration file. Without one: kizashi.yaml in this folder, or the defaults.",
        "設定ファイル。指定がなければ、このフォルダーの kizashi.yaml、それもなければ既定値を使います。",
    ),
    "serve.data.help": (
        "The folder for samples, ledger and state.",
        "サンプル、台帳、状態を置くフォルダー。",
    ),
    "serve.failed": ("Cannot start: {why}", "起動できません: {why}"),
    "serve.help": (
        "Collect, count and answer until stopped. SIGHUP reads the configuration again.",
        "停止されるまで、収集し、数え、応答します。SIGHUP で設定を読み直します。",
    ),
    "serve.listen.help": (
        "The address to listen on, host:port. On an address that other machines reach, every call needs a token.",
        "待ち受けるアドレス (ホスト:ポート)。ほかのマシンから届くアドレスでは、すべての呼び出しにトークンが要ります。",
    ),
    "serve.listen.wrong": (
        "{given} is not an address. Expected host:port, such as 127.0.0.1:9470.",
        "{given} はアドレスではありません。127.0.0.1:9470 のように、ホスト:ポートで指定してください。",
    ),
    "serve.log-format.help": (
        "How to write logs: text on a terminal and json elsewhere (auto), json, or text.",
        "ログの書き方。auto は端末なら text、それ以外は json。json、text も選べます。",
    ),
    "serve.log-level.help": (
        "The least that is logged: debug, info, warning or error.",
        "記録するログの下限: debug、info、warning、error。",
    ),
    "serve.ready": (
        "Kizashi {version} answers at {url} (data in {data}).",
        "Kizashi {version} が {url} で応答しています (データ: {data})。",
    ),
    "serve.retention.help": (
        "How long samples are kept, such as 400d; wins over the configuration.",
        "サンプルを保持する期間 (例: 400d)。設定ファイルより優先します。",
    ),
    "serve.retention.wrong": (
        "{given} is not a duration. Expected such as 400d.",
        "{given} は時間の長さではありません。400d のように指定してください。",
    ),
    "serve.too-few-files": (
        "Cannot start: this process may have {given} files open, connections included, and needs at least {needed}; 1024 or more are better. Raise the limit: ulimit -n, LimitNOFILE= in a systemd unit, --ulimit nofile= in Docker.",
        "起動できません。このプロセスが同時に開けるファイルは接続も含めて {given} 個までですが、少なくとも {needed} 個必要です。1024 個以上をお勧めします。ulimit -n、systemd のユニットなら LimitNOFILE=、Docker なら --ulimit nofile= で上限を上げてください。",
    ),
    "serve.config.wrong": (
        "{given} is a folder, a pipe or a device, which a reload could not read again. Expected a file, such as kizashi.yaml.",
        "{given} はフォルダー、パイプ、デバイスのいずれかで、再読み込みのときに読み直せません。kizashi.yaml のようなファイルを指定してください。",
    ),
    "serve.unusable": (
        "Not started: the configuration or a declaration has errors. Correct what is named above, and check before starting again: {command}",
        "設定または宣言に誤りがあるため、起動しませんでした。上の箇所を直し、起動する前に次のコマンドで確認してください: {command}",
    ),
    "serve.usage": ("kizashi serve [OPTIONS]", "kizashi serve [オプション]"),
    "ready.refused": (
        "Files with errors, not in force as they stand: {count}. The settings page and the log name them.",
        "誤りのある {count} 個のファイルは、今の内容では使われていません。ファイル名は設定の画面とログで確認できます。",
    ),
    "ready.emptied": (
        "Files that no longer declare anything: {count}. The settings page and the log name them, and the services that went with them.",
        "{count} 個のファイルに宣言がなくなりました。ファイル名と、なくなったサービスは、設定の画面とログで確認できます。",
    ),
    "ready.starting": (
        "Starting: the ledger is being brought up to date.",
        "起動中です。台帳を最新の状態にしています。",
    ),
    "ready.alerts": (
        "Changes of alerts cannot be stored, so nobody is told: {why}",
        "アラートの変化を保存できないため、通知できません: {why}",
    ),
    "ready.clock": (
        "The clock of this machine is {seconds} s behind the newest stored samples. Until it has passed them, scrapes are neither stored nor counted. Set the clock.",
        "このマシンの時計が、保存済みの最新のサンプルより {seconds} 秒遅れています。追い付くまで、スクレイプは保存も集計もしません。時計を合わせてください。",
    ),
    "ready.store": (
        "Samples cannot be stored: {why}",
        "サンプルを保存できません: {why}",
    ),
}
