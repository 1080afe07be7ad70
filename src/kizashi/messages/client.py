"""What goes wrong when a command asks a running server."""

TEXTS: dict[str, tuple[str, str]] = {
    "client.bad_server": (
        "{server!r} is not the address of a server. Expected one such as http://127.0.0.1:9470.",
        "{server!r} はサーバーのアドレスではありません。http://127.0.0.1:9470 のように指定してください。",
    ),
    "client.needs_token": (
        "{server} wants a token: {said} Give it with --token or in KIZASHI_TOKEN.",
        "{server} はトークンを求めています: {said} --token か環境変数 KIZASHI_TOKEN で渡してください。",
    ),
    "client.not_kizashi": (
        "{server} answered (HTTP {status}), but not as Kizashi does. Check the address.",
        "{server} から応答がありましたが (HTTP {status})、Kizashi の応答ではありません。アドレスを確かめてください。",
    ),
    "client.refused": (
        "{server} refused (HTTP {status}): {said}",
        "{server} に断られました (HTTP {status}): {said}",
    ),
    "client.too_long": (
        "{server} answered with more than this command can show.",
        "{server} の応答が、このコマンドで表示できる量を超えています。",
    ),
    "client.unreachable": (
        "Cannot reach {server}: {why}. Start `kizashi serve`, or name the server with --server.",
        "{server} に接続できません: {why}。`kizashi serve` を起動するか、--server でサーバーを指定してください。",
    ),
    "client.why.refused": ("nothing listens there", "待ち受けているものがありません"),
    "client.why.timeout": (
        "no answer within {seconds} s",
        "{seconds} 秒たっても応答がありません",
    ),
    "client.why.name": (
        "the name {host} is not known",
        "{host} という名前が見つかりません",
    ),
    "client.why.certificate": (
        "its certificate is not trusted ({why})",
        "証明書を信頼できません ({why})",
    ),
}
