"""What the command ``kizashi demo`` says; the rest is the reference application's."""

TEXTS: dict[str, tuple[str, str]] = {
    "demo.help": (
        "Run a to-do application whole, people's traffic for it, and Kizashi in front, all on 127.0.0.1. From a checkout only. Ctrl-C ends everything.",
        "ToDo アプリケーション全体、利用者のトラフィック、それを見守る Kizashi を、すべて 127.0.0.1 で動かします。リポジトリのチェックアウトでだけ使えます。Ctrl-C ですべて終了します。",
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
    "demo.option.free_ports": (
        "Let every part listen on any free port, and not on its usual one.",
        "どの部分も、いつものポートではなく空いているポートを使います。",
    ),
    "demo.option.history": (
        "How many days of simulated past to load once the page is live, 30 at most; 0 for none (default: 30).",
        "ページが動き出してから読み込むシミュレーション履歴の日数。最大 30、0 なら履歴なし (既定値: 30)。",
    ),
    "demo.option.exercise": (
        "Tell a whole incident unattended, each step beside the time at which it had to happen, and end: 0 if every step was seen in its bound.",
        "障害の始まりから終わりまでを無人で実演し、各段階を起こるべき時刻と並べて示します。すべてが期限内に観測できれば終了コード 0 です。",
    ),
    "demo.option.services_python": (
        "A Python with the application's own requirements (default: the one that ./kz made).",
        "アプリケーション側の依存パッケージが入った Python (既定値: ./kz が用意したもの)。",
    ),
    "demo.bad_history": (
        "--history takes a number of days from 0 to {most}, not {given}.",
        "--history には 0 から {most} までの日数を指定してください ({given} は使えません)。",
    ),
    "demo.no_checkout": (
        "The demo needs the reference application, which is in the repository and not in the package. Run ./kz demo in a checkout.",
        "デモには参照アプリケーションが必要です。これはパッケージではなくリポジトリにあります。チェックアウトの中で ./kz demo を実行してください。",
    ),
    "demo.no_services": (
        "The application's services have a Python of their own, and {given} is not there. ./kz demo makes it.",
        "アプリケーションのサービスには専用の Python が必要ですが、{given} がありません。./kz demo が用意します。",
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
}
