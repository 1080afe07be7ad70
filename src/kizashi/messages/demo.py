"""What ``kizashi demo`` says."""

TEXTS: dict[str, tuple[str, str]] = {
    "demo.help": (
        "Run a to-do service, a little traffic for it, and Kizashi in front, all on 127.0.0.1. From a checkout only. Ctrl-C ends everything.",
        "ToDo サービス、少量のトラフィック、それを見守る Kizashi を、すべて 127.0.0.1 で動かします。リポジトリのチェックアウトでだけ使えます。Ctrl-C ですべて終了します。",
    ),
    "demo.usage": ("kizashi demo [OPTIONS]", "kizashi demo [オプション]"),
    "demo.option.duration": (
        "How long the traffic lasts; the demo ends after it (default: 30m).",
        "トラフィックを続ける時間。終わるとデモも終わります (既定値: 30m)。",
    ),
    "demo.option.rate": (
        "Requests a second, 100 at most (default: 10).",
        "毎秒のリクエスト数。最大 100 (既定値: 10)。",
    ),
    "demo.option.port": (
        "Where Kizashi listens; another one if it is taken, any with 0 (default: 9470).",
        "Kizashi のポート。使用中なら別のポート、0 なら空いているポート (既定値: 9470)。",
    ),
    "demo.option.api_port": (
        "Where the to-do service listens; another one if it is taken, any with 0 (default: 8080).",
        "ToDo サービスのポート。使用中なら別のポート、0 なら空いているポート (既定値: 8080)。",
    ),
    "demo.option.history": (
        "How many days of simulated past to load once the page is live, 30 at most; 0 for none (default: 30).",
        "ページが動き出してから読み込むシミュレーション履歴の日数。最大 30、0 なら履歴なし (既定値: 30)。",
    ),
    "demo.history.loading": (
        "Loading the simulated past: {percent} %",
        "シミュレーションの履歴を読み込んでいます: {percent} %",
    ),
    "demo.history.loaded": (
        "The simulated past is loaded: a month with three incidents and one bad deploy. It is marked as simulated wherever it shows; what happens from now on is real.",
        "シミュレーションの履歴を読み込みました。3 回の障害と 1 回の問題のあるデプロイを含む 1 か月分です。表示されるところには必ずシミュレーションと示します。これから起こることは実際のデータです。",
    ),
    "demo.history.failed": (
        "The simulated past could not be loaded; the demo goes on without it. Kizashi's log says why.",
        "シミュレーションの履歴を読み込めませんでした。履歴なしでデモを続けます。理由は Kizashi のログにあります。",
    ),
    "demo.bad_history": (
        "--history takes a number of days from 0 to {most}, not {given}.",
        "--history には 0 から {most} までの日数を指定してください ({given} は使えません)。",
    ),
    "demo.option.exercise": (
        "Tell a whole incident unattended, each step beside the time at which it had to happen, and end: 0 if every step was seen in its bound.",
        "障害の始まりから終わりまでを無人で実演し、各段階を起こるべき時刻と並べて示します。すべてが期限内に観測できれば終了コード 0 です。",
    ),
    "demo.no_checkout": (
        "The demo needs the reference application, which is in the repository and not in the package. Run ./kz demo in a checkout.",
        "デモには参照アプリケーションが必要です。これはパッケージではなくリポジトリにあります。チェックアウトの中で ./kz demo を実行してください。",
    ),
    "demo.bad_rate": (
        "--rate takes a number above 0, 100 at most, not {given:g}.",
        "--rate には 0 より大きく 100 以下の数を指定してください ({given:g} は使えません)。",
    ),
    "demo.bad_duration": (
        "--duration takes whole seconds up to 24h, such as 20s, 30m or 2h, not {given!r}.",
        "--duration には 20s、30m、2h のような 24h までの時間を秒単位で指定してください ({given!r} は使えません)。",
    ),
    "demo.bad_port": (
        "A port is a number from 0 to 65535, not {given}.",
        "ポートには 0 から 65535 までの数を指定してください ({given} は使えません)。",
    ),
    "demo.port_taken": (
        "Port {wanted} is taken; using {port}.",
        "ポート {wanted} は使用中のため、{port} を使います。",
    ),
    "demo.starting": (
        "Starting the to-do service and Kizashi…",
        "ToDo サービスと Kizashi を起動しています…",
    ),
    "demo.page": (
        """\
Kizashi is watching the to-do service, once a second.

  To-do service       {api}/tasks
  Kizashi             {kizashi}
  The objectives      {kizashi}/kizashi/v1/objectives
  One, explained      {kizashi}/kizashi/v1/objectives/todo-api/availability
  The handbook        {kizashi}/docs

The service promises that 99.95 % of requests succeed and 95 % are answered within
200 ms, over 30 days. {rate} requests a second come in, for {duration}.

See how it stands:

  {status}

Break it on the page {kizashi}/demo, signed in with this token:

  {token}

or by hand, and see the budget burn:

  a fifth of the requests fail
    {errors}
  half of them are slow
    {slow}
  nothing works
    {outage}
  all well again
    {well}
  the service dies (and comes back after {restart_s} s)
    {kill}

Ctrl-C ends everything.""",
        """\
Kizashi が ToDo サービスを 1 秒ごとに見守っています。

  ToDo サービス       {api}/tasks
  Kizashi             {kizashi}
  目標の一覧          {kizashi}/kizashi/v1/objectives
  目標の根拠          {kizashi}/kizashi/v1/objectives/todo-api/availability
  手引き              {kizashi}/docs

サービスの約束は、30 日間でリクエストの 99.95 % が成功し、95 % が 200 ms 以内に応答する
ことです。毎秒 {rate} 件のリクエストが {duration} のあいだ届きます。

いまの様子を見る:

  {status}

{kizashi}/demo のページで障害を起こす (次のトークンでサインイン):

  {token}

または手で障害を起こして、エラーバジェットが減る様子を見る:

  リクエストの 2 割が失敗する
    {errors}
  半分が遅くなる
    {slow}
  すべて止まる
    {outage}
  元に戻す
    {well}
  サービスを強制終了する ({restart_s} 秒後に戻ります)
    {kill}

Ctrl-C ですべて終了します。""",
    ),
    "demo.gone": (
        "The to-do service is gone (exit code {code}); it comes back in {seconds} s.",
        "ToDo サービスが終了しました (終了コード {code})。{seconds} 秒後に再起動します。",
    ),
    "demo.back": (
        "The to-do service is back; its counters start at zero.",
        "ToDo サービスが戻りました。カウンターは 0 から始まります。",
    ),
    "demo.settling": (
        "The traffic has ended; waiting for the last scrape…",
        "トラフィックが終わりました。最後のスクレイプを待っています…",
    ),
    "demo.count": (
        "{objective}: the traffic counted {bad} bad of {valid}; the ledger holds {ledger_bad} of {ledger_valid}.",
        "{objective}: トラフィック側の計数は {valid} 件中 {bad} 件が悪いイベント、台帳では {ledger_valid} 件中 {ledger_bad} 件です。",
    ),
    "demo.no_answer": (
        "{count} requests got no answer; whether the service counted them, the traffic cannot know.",
        "{count} 件のリクエストには応答がありませんでした。サービスが数えたかどうか、トラフィック側からは分かりません。",
    ),
    "demo.stopping": ("Stopping…", "停止しています…"),
    "demo.ended": (
        "The demo has ended; nothing is left running.",
        "デモを終えました。動いているものは残っていません。",
    ),
    "demo.failed": (
        "The demo could not go on: {part} did not run. It last wrote:\n{log}",
        "デモを続けられません。{part} が動いていません。最後の出力:\n{log}",
    ),
}
