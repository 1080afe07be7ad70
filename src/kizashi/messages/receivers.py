"""What is said of receivers: problems of their settings, and what is not compiled."""

TEXTS: dict[str, tuple[str, str]] = {
    "receiver.twice": (
        "the receiver {name} is declared twice; the first is at {first}\nRename one of them.",
        "レシーバー {name} が重複しています (最初は {first})\nどちらかの名前を変えてください。",
    ),
    "receiver.url": (
        "the webhook's url is no http or https address\nWrite it in full, such as http://127.0.0.1:9099/alerts.",
        "Webhook の url が http または https のアドレスではありません\nhttp://127.0.0.1:9099/alerts のように、省略せずに書いてください。",
    ),
    "receiver.timeout": (
        "a timeout of {given} is too long for a receiver\nUse at most {most}; what it does not take is sent again.",
        "レシーバーのタイムアウトに {given} は長すぎます\n{most} 以下にしてください。受け取られなかった通知は再送されます。",
    ),
    "receiver.secret-short": (
        "the secret is too short to keep signatures from being forged\nUse at least {least} random characters.",
        "シークレットが短すぎて、署名の偽造を防げません\n{least} 文字以上のランダムな値にしてください。",
    ),
    "targets.receivers.url-file": (
        "Write the {key} of {kind} {number} of receiver {receiver} into {file}, where Alertmanager alone can read it. It may hold a secret, so it is not written here.",
        "レシーバー {receiver} の {kind} {number} の {key} を {file} に書き、Alertmanager だけが読めるようにしてください。秘密を含むことがあるため、設定には書き出していません。",
    ),
    "targets.receivers.signature": (
        "Webhook {number} of receiver {receiver} is signed by Kizashi; Alertmanager cannot sign. Let the receiver know Alertmanager in another way, such as a client certificate.",
        "レシーバー {receiver} の Webhook {number} には Kizashi が署名を付けていますが、Alertmanager は署名できません。クライアント証明書など別の方法で確認してください。",
    ),
    "targets.receivers.log": (
        "Receiver {receiver} writes to Kizashi's log; Alertmanager has no such receiver, and it is left out.",
        "レシーバー {receiver} は Kizashi のログに書きます。Alertmanager には対応するものがないため省きました。",
    ),
    "targets.operator.receiver": (
        "Put the {key} of {kind} {number} of receiver {receiver} into Secret {secret} under the key {entry}. It may hold a secret, so it is not written here.",
        "レシーバー {receiver} の {kind} {number} の {key} を、Secret {secret} のキー {entry} に入れてください。秘密を含むことがあるため、ここには書き出していません。",
    ),
}
