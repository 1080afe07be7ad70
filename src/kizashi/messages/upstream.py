"""Why the server that is read instead of scraping did not answer as it should."""

TEXTS: dict[str, tuple[str, str]] = {
    "upstream.timed-out": (
        "no answer within {timeout}",
        "{timeout} 以内に応答がありませんでした",
    ),
    "upstream.refused": (
        "connection refused",
        "接続を拒否されました",
    ),
    "upstream.dns": (
        "cannot resolve the name {host}",
        "名前 {host} を解決できません",
    ),
    "upstream.tls": (
        "TLS failed: {why}",
        "TLS に失敗しました: {why}",
    ),
    "upstream.tls-file": (
        "cannot use the TLS files of upstream: {why}",
        "upstream の TLS ファイルを使えません: {why}",
    ),
    "upstream.secret-file": (
        "cannot read the secret file {path}: {why}",
        "シークレットファイル {path} を読めません: {why}",
    ),
    "upstream.closed": (
        "the server closed the connection before the answer was complete",
        "応答が終わる前にサーバーが接続を閉じました",
    ),
    "upstream.unreachable": (
        "cannot connect: {why}",
        "接続できません: {why}",
    ),
    "upstream.redirect": (
        "HTTP {status} redirects to {location}; name the final address in upstream.url",
        "HTTP {status} が {location} へ転送しています。upstream.url に転送先のアドレスを書いてください",
    ),
    "upstream.status": (
        "HTTP {status}: {said}",
        "HTTP {status}: {said}",
    ),
    "upstream.busy": (
        "HTTP {status}, busy: {said}",
        "HTTP {status} (混雑中): {said}",
    ),
    "upstream.too-much": (
        "the query asks for too much at a time: {said}",
        "一度に問い合わせる量が多すぎます: {said}",
    ),
    "upstream.too-large": (
        "the answer is larger than {limit}",
        "応答が {limit} を超えています",
    ),
    "upstream.too-many-alerts": (
        "the answer holds more than {limit} alerts under the names that Kizashi's rules use",
        "Kizashi のルールと同じ名前のアラートが、応答に {limit} 件より多くあります",
    ),
    "upstream.not-prometheus": (
        "not an answer of the Prometheus HTTP API: {why}",
        "Prometheus HTTP API の応答ではありません: {why}",
    ),
    "upstream.partial": (
        "the server could not ask all of its parts",
        "サーバーが一部のデータを取得できませんでした",
    ),
}
