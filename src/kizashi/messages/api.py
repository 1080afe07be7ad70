"""What the HTTP face says: errors, and the texts of the OpenAPI document."""

TEXTS: dict[str, tuple[str, str]] = {
    "api.document.description": (
        "Services, objectives, error budgets and the ledger behind them. Times are Unix seconds, ratios are 0 to 1, and null means that there is no data.",
        "サービス、目標、エラーバジェットと、その根拠である台帳。時刻は Unix 秒、比率は 0 から 1、null はデータがないことを表します。",
    ),
    "api.document.token": (
        "A token made with `kizashi token create`. Reading from the same machine needs none.",
        "`kizashi token create` で作ったトークン。同じマシンからの読み取りには不要です。",
    ),
    "api.error.alert_not_active": (
        "Alert {id} is {state}, so there is nothing to acknowledge or to resolve. Only a firing or frozen alert can be.",
        "アラート {id} は {state} なので、引き受けることも終わらせることもできません。できるのは firing か frozen のアラートだけです。",
    ),
    "api.error.bad_body": (
        "The body has problems. {problems}",
        "本文に問題があります。{problems}",
    ),
    "api.error.bad_content_length": (
        "The Content-Length header is not a number of bytes.",
        "Content-Length ヘッダーがバイト数になっていません。",
    ),
    "api.error.bad_json": (
        "The body is not a JSON object.",
        "本文が JSON のオブジェクトではありません。",
    ),
    "api.error.bad_media_type": (
        "This route does not take a body of type {given!r}. Accepted: {accepted}.",
        "このパスは {given!r} 形式の本文を受け付けません。受け付ける形式: {accepted}",
    ),
    "api.error.bad_parameter": (
        "Parameter {parameter} is {given!r}. Expected {expected}.",
        "パラメーター {parameter} の値 {given!r} は使えません。{expected}を指定してください。",
    ),
    "api.error.bad_resolution": (
        "The alert cannot be ended this way. Say why it is over.",
        "このままではアラートを終わらせられません。終わった理由を書いてください。",
    ),
    "api.error.bad_silence": (
        "This silence cannot be made. It needs matchers that do not match everything, an end in the future, an owner and a reason.",
        "このサイレンスは作れません。すべてには当てはまらない条件、未来の終了時刻、担当者、理由が必要です。",
    ),
    "api.error.bad_stretch": (
        "The ledger cannot be cut this way: the stretch gives more than 11,000 points, holds more than 10,000,000 slices, or ends before it starts. Ask for a shorter stretch or a longer step.",
        "この範囲の台帳は返せません。点が 11,000 個を超えるか、スライスが 1,000 万個を超えるか、終わりが始まりより前です。範囲を短くするか、step を長くしてください。",
    ),
    "api.error.malformed_request": (
        "The request cannot be read as HTTP/1.1 ({why}). Nothing of it was used; the connection is closed.",
        "HTTP/1.1 のリクエストとして読めません ({why})。内容は使わず、接続を閉じます。",
    ),
    "api.error.head_too_large": (
        "The request line and the headers together may be at most {bytes} bytes long, with at most {count} headers. Send fewer or shorter ones.",
        "リクエスト行とヘッダーは合わせて {bytes} バイトまで、ヘッダーは {count} 個までです。数を減らすか、短くしてください。",
    ),
    "api.error.trailers_too_large": (
        "A chunked body may have at most {bytes} bytes beside its chunks, and at most {count} trailers. Send what matters as headers.",
        "チャンク形式の本文では、チャンク以外の部分は {bytes} バイトまで、トレーラーは {count} 個までです。必要な情報はヘッダーで送ってください。",
    ),
    "api.error.http_version": (
        "The server speaks HTTP/1.1 and HTTP/1.0 only.",
        "使える HTTP のバージョンは 1.1 と 1.0 だけです。",
    ),
    "api.error.request_target": (
        "The request asks for another host than its Host header says, or has several. Ask for a path, and name one host.",
        "リクエスト行のホストと Host ヘッダーが一致しないか、Host ヘッダーが複数あります。パスだけを指定し、Host ヘッダーを 1 つにしてください。",
    ),
    "api.error.transfer_coding": (
        "The only transfer coding that is read is chunked, given once, in HTTP/1.1. Send the body so, or with its Content-Length.",
        "転送符号化は、HTTP/1.1 の chunked を一度だけ使えます。そのように送るか、Content-Length を付けて送ってください。",
    ),
    "api.error.request_too_slow": (
        "The request has not arrived within {seconds} seconds. Send it faster, or in smaller parts.",
        "リクエストが {seconds} 秒以内に届きませんでした。もっと速く送るか、小さく分けて送ってください。",
    ),
    "api.error.no_room": (
        "too many connections are being served just now; only probes are answered beyond them. Try again in a second.",
        "いま応答中の接続が多すぎ、これを超えるとプローブにしか応答できません。1 秒後にもう一度試してください。",
    ),
    "api.error.body_too_long": (
        "The body is longer than {limit} bytes.",
        "本文が上限の {limit} バイトを超えています。",
    ),
    "api.error.readers_busy": (
        "Too many texts wait to be read. Try again in a few seconds.",
        "読み取り待ちの文書が多すぎます。数秒おいてからもう一度お試しください。",
    ),
    "api.error.text_too_heavy": (
        "This text takes too long, or too much memory, to be read. Split it, and try the parts one by one; `kizashi check` and `kizashi import` read files without this limit.",
        "この文書は、読み取りに時間またはメモリーがかかりすぎます。分割して順にお試しください。`kizashi check` と `kizashi import` には、この制限がありません。",
    ),
    "api.error.end_before_start": (
        "The end is not after the start. Expected start < end.",
        "終わりが始まりより後になっていません。start < end となるように指定してください。",
    ),
    "api.error.fault": (
        "The server failed to answer. Its log has the details under {fault}.",
        "サーバー内部でエラーが起きました。詳細はログの {fault} にあります。",
    ),
    "api.error.foreign_origin": (
        "A page of another site sent this request. Send it from Kizashi itself or from a program.",
        "別のサイトのページから送られたリクエストです。Kizashi の画面か、プログラムから送ってください。",
    ),
    "api.error.host_not_allowed": (
        "The Host header {host!r} is not one of this server's names. Use localhost or 127.0.0.1.",
        "Host ヘッダー {host!r} はこのサーバーの名前ではありません。localhost か 127.0.0.1 を使ってください。",
    ),
    "api.error.method_not_allowed": (
        "This path does not take this method. The Allow header lists those it takes.",
        "このパスではこのメソッドを使えません。使えるメソッドは Allow ヘッダーにあります。",
    ),
    "api.error.no_such_path": (
        "There is nothing at {path}. /kizashi/v1/openapi.json lists every path.",
        "{path} には何もありません。パスの一覧は /kizashi/v1/openapi.json にあります。",
    ),
    "api.error.path_too_long": (
        "The path is longer than {limit} bytes.",
        "パスが上限の {limit} バイトを超えています。",
    ),
    "api.error.query_too_long": (
        "The query string is longer than {limit} bytes.",
        "クエリ文字列が上限の {limit} バイトを超えています。",
    ),
    "api.error.reload_refused": (
        "The new configuration has problems, so the old one stays in force. Mend what is listed and reload again.",
        "新しい設定に問題があるため、これまでの設定のまま動いています。一覧の箇所を直してから、もう一度読み込んでください。",
    ),
    "api.error.repeated_parameter": (
        "Parameter {parameter} is given more than once.",
        "パラメーター {parameter} が 2 回以上指定されています。",
    ),
    "api.error.role_too_low": (
        "This token has the role {role}. Expected {needed} or higher.",
        "このトークンのロールは {role} です。{needed} 以上のロールが必要です。",
    ),
    "api.error.store_unavailable": (
        "The state database cannot be used just now. The server's log says why.",
        "状態データベースを今は使えません。理由はサーバーのログにあります。",
    ),
    "api.error.token_missing": (
        "This needs a token. Send it as `Authorization: Bearer kz_…`; `kizashi token create` makes one.",
        "トークンが必要です。`Authorization: Bearer kz_…` の形で送ってください。トークンは `kizashi token create` で作れます。",
    ),
    "api.error.token_unknown": (
        "This token is unknown, has expired or was revoked. `kizashi token create` makes a new one.",
        "このトークンは登録されていないか、期限切れか、取り消されています。新しいトークンは `kizashi token create` で作れます。",
    ),
    "api.error.session_ended": (
        "The session has ended. Sign in again.",
        "セッションは終了しました。もう一度サインインしてください。",
    ),
    "api.error.unknown_alert": (
        "There is no alert {id!r}. /kizashi/v1/alerts lists those that stand.",
        "アラート {id!r} はありません。一覧は /kizashi/v1/alerts にあります。",
    ),
    "api.error.no_upstream": (
        "No server is read here: kizashi.yaml has no upstream.",
        "読み取り先のサーバーがありません。kizashi.yaml に upstream が書かれていません。",
    ),
    "api.error.unknown_objective": (
        "There is no objective {objective!r} of a service {service!r}, or there was none at that time. /kizashi/v1/objectives lists them.",
        "サービス {service!r} に目標 {objective!r} はありません (またはその時点ではありませんでした)。一覧は /kizashi/v1/objectives にあります。",
    ),
    "api.error.unknown_parameter": (
        "There is no parameter {parameter!r} here. Known: {known}.",
        "パラメーター {parameter!r} はありません。使えるもの: {known}",
    ),
    "api.error.unknown_silence": (
        "There is no silence {id!r} to end. /kizashi/v1/silences lists them.",
        "サイレンス {id!r} はありません。一覧は /kizashi/v1/silences にあります。",
    ),
    "api.expected.alert_state": (
        "pending, firing, frozen or resolved",
        "pending、firing、frozen、resolved のいずれか",
    ),
    "api.expected.duration": (
        "a duration above zero, such as 30s, 5m or 1h, or a number of seconds",
        "30s、5m、1h のような 0 より長い時間か、秒数",
    ),
    "api.expected.end_ahead": (
        "an end that lies after the start and in the future",
        "開始より後で、これから来る時刻",
    ),
    "api.expected.matchers": (
        'at least one matcher such as severity="page" or {{"name": "severity", "op": "=", "value": "page"}}; operators are = != =~ !~',
        'severity="page" や {{"name": "severity", "op": "=", "value": "page"}} のような条件を 1 つ以上 (演算子は = != =~ !~)',
    ),
    "api.expected.name": (
        "a name of at most 200 characters that is not blank",
        "空白だけではない 200 文字以内の名前",
    ),
    "api.expected.narrow_matchers": (
        "at least one matcher that an alert without the label does not meet, because these would silence everything",
        "ラベルのないアラートには当てはまらない条件を 1 つ以上 (このままではすべてのアラートの通知が止まるため)",
    ),
    "api.expected.objective": (
        "an objective as service/objective",
        "サービス/目標 の形の目標",
    ),
    "api.expected.reason": (
        "a reason of at most 1,000 characters that is not blank",
        "空白だけではない 1,000 文字以内の理由",
    ),
    "api.expected.regex": (
        "a regular expression that RE2 accepts",
        "RE2 で使える正規表現",
    ),
    "api.expected.service": (
        "the name of a service",
        "サービスの名前",
    ),
    "api.expected.time": (
        "a time as Unix seconds (1700000000) or RFC 3339 (2023-11-14T22:13:20Z)",
        "Unix 秒 (1700000000) か RFC 3339 (2023-11-14T22:13:20Z) の時刻",
    ),
    "api.field.by": (
        "A remark on who does it; it is shown beside the token's name, as `remark`.",
        "だれが行うかについての補足。`remark` としてトークンの名前の横に残る。",
    ),
    "api.field.duration": (
        "How long it lasts from its start, such as 2h; instead of the end.",
        "開始からの長さ (2h など)。終了時刻の代わりに指定。",
    ),
    "api.field.ends": (
        "When it ends, as Unix seconds or RFC 3339.",
        "終了時刻。Unix 秒か RFC 3339。",
    ),
    "api.field.matchers": (
        'What must hold of an alert\'s labels; instead of an objective. Each is an object or a text such as severity="page".',
        'アラートのラベルに求める条件。目標の代わりに指定。オブジェクトか、severity="page" のような文字列。',
    ),
    "api.field.objective": (
        "The objective to silence, as service/objective.",
        "通知を止める目標 (サービス/目標)。",
    ),
    "api.field.owner": (
        "Who answers for it; the token's name by default, which stays as `made_by`.",
        "担当者。省略するとトークンの名前。トークンの名前は `made_by` に残る。",
    ),
    "api.field.reason": (
        "Why the alert is over, for its history.",
        "アラートが終わった理由。履歴に残ります。",
    ),
    "api.field.silence_reason": (
        "Why nobody should be told, for those who read it later.",
        "通知を止める理由。後で読む人のために残ります。",
    ),
    "api.field.starts": (
        "When it starts; now by default.",
        "開始時刻。省略すると今すぐ。",
    ),
    "api.parameter.alert_id": (
        "The alert's id: sixteen hex digits.",
        "アラートの ID (16 桁の 16 進数)。",
    ),
    "api.parameter.alert_service": (
        "Only alerts of this service.",
        "このサービスのアラートだけ。",
    ),
    "api.parameter.alert_state": (
        "Only alerts in this state.",
        "この状態のアラートだけ。",
    ),
    "api.parameter.at": (
        "The instant to answer for; the newest closed slice by default.",
        "どの時点の値か。省略すると、最後に閉じたスライス。",
    ),
    "api.parameter.end": (
        "The end of the stretch, included; now by default.",
        "範囲の終わり (この時刻を含む)。省略すると現在。",
    ),
    "api.parameter.objective": (
        "The objective's name.",
        "目標の名前。",
    ),
    "api.parameter.service": (
        "The service's name.",
        "サービスの名前。",
    ),
    "api.parameter.silence_id": (
        "The silence's id.",
        "サイレンスの ID。",
    ),
    "api.parameter.start": (
        "The start of the stretch, not included; an hour before the end by default.",
        "範囲の始まり (この時刻は含まない)。省略すると終わりの 1 時間前。",
    ),
    "api.parameter.step": (
        "How much time one point sums up, rounded up to whole slices.",
        "1 点にまとめる時間の長さ。スライスの整数倍に切り上げます。",
    ),
    "api.problem.either": (
        "Give either {first} or {second}, and not both.",
        "{first} と {second} のどちらか一方を指定してください。",
    ),
    "api.problem.missing": (
        "Field {field} is missing. Expected {expected}.",
        "{field} がありません。{expected}を指定してください。",
    ),
    "api.problem.unknown": (
        "There is no field {field!r} here. Known: {known}.",
        "{field!r} という項目はありません。使えるもの: {known}。",
    ),
    "api.problem.unknown_more": (
        "More unknown fields: {count}.",
        "ほかにも不明な項目が {count} 個あります。",
    ),
    "api.problem.wrong": (
        "Field {field} holds {given}. Expected {expected}.",
        "{field} の値 {given} は使えません。{expected}を指定してください。",
    ),
    "api.route.acknowledgeAlert": (
        "Note who acknowledges an alert; it is no longer repeated.",
        "アラートを引き受けた人を記録する。以後、通知は繰り返されません。",
    ),
    "api.route.addSilence": (
        "Silence alerts for a while; they stay visible.",
        "アラートの通知をしばらく止める。アラートは見えたままです。",
    ),
    "api.route.endSilence": (
        "End a silence now.",
        "サイレンスを今すぐ終える。",
    ),
    "api.route.listAlerts": (
        "What is pending, firing, frozen or was resolved a moment ago, or at a time.",
        "保留中、発報中、凍結中のアラートと、解決したばかりのアラート。過去の時点も指定できます。",
    ),
    "api.route.listNotifications": (
        "The newest notifications of all alerts, with every attempt and its answer.",
        "すべてのアラートの新しい通知と、その試行および応答。",
    ),
    "api.route.listObjectiveAlerts": (
        "Every alert that an objective can have, inactive ones too, with why it fired or did not.",
        "1 つの目標に起こりうるすべてのアラートと、発報した理由、しなかった理由。",
    ),
    "api.route.listObjectives": (
        "Every objective with its figures.",
        "すべての目標とその値。",
    ),
    "api.route.listServices": (
        "The declared services.",
        "宣言されたサービス。",
    ),
    "api.route.listSilences": (
        "Silences that are pending or active, and those that ended today.",
        "これから始まる、または有効なサイレンスと、今日終わったもの。",
    ),
    "api.route.listTargets": (
        "The scrape targets as they stand.",
        "収集対象とその現在の状態。",
    ),
    "api.route.reloadConfiguration": (
        "Read the configuration again; a bad one never replaces a good one.",
        "設定を読み込み直す。問題のある設定が正しい設定に置き換わることはありません。",
    ),
    "api.route.resolveAlert": (
        "End an alert by a person's word, with a reason.",
        "人の判断で、理由を添えてアラートを終わらせる。",
    ),
    "api.route.showAlert": (
        "One alert with its evidence, its history and its notifications.",
        "1 つのアラートと、その根拠、履歴、通知。",
    ),
    "api.route.showDrift": (
        "How the rules that a server runs differ from those that would be generated for it.",
        "サーバーで動いているルールと、いま生成されるルールとの違い。",
    ),
    "api.route.showDocument": (
        "This document.",
        "この文書。",
    ),
    "api.route.showHealth": (
        "Whether the server should be left running.",
        "サーバーをそのまま動かしておいてよいか。",
    ),
    "api.route.showLedger": (
        "A stretch of an objective's ledger.",
        "ある範囲の目標の台帳。",
    ),
    "api.route.showMetrics": (
        "The server's own metrics in the Prometheus text format.",
        "サーバー自身のメトリクス (Prometheus テキスト形式)。",
    ),
    "api.route.showObjective": (
        "One objective with its figures and how they came to be.",
        "1 つの目標の値と、その求め方。",
    ),
    "api.route.showReadiness": (
        "Whether the server can do its work, and if not, why.",
        "サーバーが働ける状態か。働けないときはその理由。",
    ),
    "api.status.200": (
        "The answer.",
        "回答。",
    ),
    "api.status.201": (
        "What was made.",
        "作られたもの。",
    ),
    "api.status.204": (
        "Done; there is nothing to say.",
        "完了。本文はありません。",
    ),
    "api.status.400": (
        "A parameter or the body is wrong; the message names it and what is expected.",
        "パラメーターか本文に誤りがあります。どれをどう直すかはメッセージにあります。",
    ),
    "api.status.401": (
        "A token is needed, or this one is unknown.",
        "トークンが必要か、トークンが登録されていません。",
    ),
    "api.status.403": (
        "The token's role is too low, or the request comes from another site.",
        "トークンのロールが足りないか、別のサイトからのリクエストです。",
    ),
    "api.status.404": (
        "What the request names does not exist.",
        "指定されたものがありません。",
    ),
    "api.status.409": (
        "This cannot be done as things stand; the message says why.",
        "今の状態では行えません。理由はメッセージにあります。",
    ),
    "api.status.413": (
        "The body is too long.",
        "本文が長すぎます。",
    ),
    "api.status.414": (
        "The path or the query is too long.",
        "パスかクエリが長すぎます。",
    ),
    "api.status.415": (
        "The body is not of a type that this route takes.",
        "このパスが受け付けない形式の本文です。",
    ),
    "api.status.503": (
        "The server cannot do this just now.",
        "サーバーは今それを行えません。",
    ),
}
