"""What ``kizashi token`` says."""

TEXTS: dict[str, tuple[str, str]] = {
    "token.help": (
        "Make, list and revoke access tokens, beside a running server too.",
        "アクセストークンを作成・一覧・取り消しします。サーバーの稼働中も使えます。",
    ),
    "token.usage": ("kizashi token COMMAND …", "kizashi token コマンド …"),
    "token.create.help": (
        "Make a token and print it. It is shown once: only its hash is stored.",
        "トークンを作って表示します。保存されるのはハッシュだけなので、表示は一度きりです。",
    ),
    "token.create.usage": (
        "kizashi token create --role ROLE [OPTIONS]",
        "kizashi token create --role ロール [オプション]",
    ),
    "token.list.help": (
        "List the tokens, without their secrets.",
        "トークンの一覧を表示します (トークンそのものは表示されません)。",
    ),
    "token.list.usage": (
        "kizashi token list [OPTIONS]",
        "kizashi token list [オプション]",
    ),
    "token.revoke.help": (
        "Delete a token: from the next request on it is refused.",
        "トークンを取り消します。次のリクエストから拒否されます。",
    ),
    "token.revoke.usage": (
        "kizashi token revoke ID [OPTIONS]",
        "kizashi token revoke ID [オプション]",
    ),
    "token.option.role": (
        "viewer (reads), editor (changes what is watched), operator (acts) or admin.",
        "viewer (閲覧)、editor (監視内容の変更)、operator (操作)、admin (管理) のいずれか。",
    ),
    "token.option.name": (
        "What to call it, so that you know later who uses it (default: the role).",
        "だれが使うものか後で分かるような名前 (既定値: ロール名)。",
    ),
    "token.option.expires": (
        "How long it is accepted, such as 90d; without it, until it is revoked.",
        "有効な長さ。90d のように指定します。省略すると取り消すまで有効です。",
    ),
    "token.option.data": (
        "The server's data folder (default: data).",
        "サーバーのデータフォルダー (既定値: data)。",
    ),
    "token.option.id": ("The token's id, as the list shows it.", "一覧にある ID。"),
    "token.created": (
        "Token {id} ({name}) with the role {role} is stored in {folder}; {expiry}. The line above is the token: keep it, it is not shown again.",
        "トークン {id} ({name}、ロール {role}) を {folder} に保存しました。{expiry}。上の行がトークンです。二度と表示されないので、控えておいてください。",
    ),
    "token.expires": ("it is accepted until {when}", "有効期限は {when} です"),
    "token.endless": ("it does not expire", "有効期限はありません"),
    "token.revoked": (
        "Token {id} ({name}, {role}) is revoked.",
        "トークン {id} ({name}、{role}) を取り消しました。",
    ),
    "token.unknown": (
        "There is no token {id!r} in {folder}. `kizashi token list` shows the ids.",
        "{folder} にトークン {id!r} はありません。ID は `kizashi token list` で確かめられます。",
    ),
    "token.failed": (
        "The tokens cannot be used: {why}",
        "トークンを扱えません: {why}",
    ),
    "token.bad_name": (
        "The name {name!r} is not allowed. Expected 1 to 100 printable characters.",
        "{name!r} という名前は使えません。表示できる文字で 1 文字以上 100 文字以下にしてください。",
    ),
    "token.bad_expires": (
        "--expires takes a duration above zero such as 90d or 12h, not {given!r}.",
        "--expires には 90d や 12h のような 0 より長い時間を指定してください ({given!r} は使えません)。",
    ),
    "token.none": ("There are no tokens.", "トークンはありません。"),
    "token.column.name": ("NAME", "名前"),
    "token.column.role": ("ROLE", "ロール"),
    "token.column.created": ("CREATED", "作成"),
    "token.column.expires": ("EXPIRES", "有効期限"),
    "token.column.used": ("LAST USED", "最終使用"),
}
