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
    "client.needs_operator": (
        "{server} wants a token for this: {said} Make one with `kizashi token create --role operator` where the server runs, and give it with --token or in KIZASHI_TOKEN.",
        "{server} はこの操作にトークンを求めています: {said} サーバーのある場所で `kizashi token create --role operator` を実行して作り、--token か環境変数 KIZASHI_TOKEN で渡してください。",
    ),
    "client.needs_role": (
        "{server} refused: {said} Make a token of that role with `kizashi token create --role {role}` where the server runs.",
        "{server} に断られました: {said} サーバーのある場所で `kizashi token create --role {role}` を実行し、そのロールのトークンを作ってください。",
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
