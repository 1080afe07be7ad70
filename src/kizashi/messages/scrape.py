"""Why a scrape failed or an address is not scraped, as the targets page shows it."""

TEXTS: dict[str, tuple[str, str]] = {
    "scrape.refused": (
        "connection refused",
        "接続を拒否されました",
    ),
    "scrape.unreachable": (
        "cannot connect: {why}",
        "接続できません: {why}",
    ),
    "scrape.dns": (
        "cannot resolve the name {host}",
        "名前 {host} を解決できません",
    ),
    "scrape.tls": (
        "TLS failed: {why}",
        "TLS に失敗しました: {why}",
    ),
    "scrape.tls_file": (
        "cannot use the TLS files of this job: {why}",
        "このジョブの TLS ファイルを使えません: {why}",
    ),
    "scrape.secret_file": (
        "cannot read the secret file {path}: {why}",
        "シークレットのファイル {path} を読めません: {why}",
    ),
    "scrape.status": (
        "HTTP {status}",
        "HTTP {status}",
    ),
    "scrape.redirect": (
        "HTTP {status} redirects to {location}, which is not the same host; name the final address as the target",
        "HTTP {status} が別のホスト {location} へ転送しています。転送先のアドレスを収集対象に指定してください",
    ),
    "scrape.redirects": (
        "more than {limit} redirects",
        "リダイレクトが {limit} 回を超えました",
    ),
    "scrape.no_turn": (
        "no connection was free in time: {limit} targets were being scraped, and the limit of open files allows no more. Raise that limit (ulimit -n), or shorten scrape_timeout for targets that hang",
        "時間内に空いた接続がありませんでした。同時にスクレイプできるのは、開けるファイルの上限により {limit} 個までです。上限を上げる (ulimit -n) か、応答しない収集対象の scrape_timeout を短くしてください",
    ),
    "scrape.timeout": (
        "timed out after {timeout}",
        "{timeout} でタイムアウトしました",
    ),
    "scrape.closed": (
        "the target closed the connection before the answer was complete",
        "応答が終わる前に収集対象が接続を閉じました",
    ),
    "scrape.not_http": (
        "the answer is not HTTP: {why}",
        "応答が HTTP ではありません: {why}",
    ),
    "scrape.encoding": (
        "Content-Encoding {encoding} was not asked for; expected gzip or none",
        "Content-Encoding {encoding} は要求していません (gzip または無圧縮のみ)",
    ),
    "scrape.gzip": (
        "the gzip body is broken",
        "gzip の本文が壊れています",
    ),
    "scrape.body_limit": (
        "body over {limit} bytes",
        "本文が {limit} バイトを超えました",
    ),
    "scrape.page": (
        "{why}",
        "{why}",
    ),
    "scrape.page_limit": (
        "{why}",
        "{why}",
    ),
    "scrape.sample_limit": (
        "more than {limit} samples on the page; raise sample_limit or expose fewer",
        "ページのサンプルが {limit} 個を超えました。sample_limit を上げるか系列を減らしてください",
    ),
    "scrape.discovery": (
        "{what} gave no targets: {why}",
        "{what} から収集対象を取得できませんでした: {why}",
    ),
    "scrape.series_limit": (
        "all targets together would have more than {limit} active series; drop series with metric_relabel_configs or scrape fewer targets",
        "全収集対象の稼働中の系列が合計 {limit} 個を超えます。metric_relabel_configs で系列を減らすか、収集対象を減らしてください",
    ),
    "scrape.label_limit": (
        "{series}: {count} labels after relabelling, over {limit}",
        "{series}: リラベル後のラベルが {count} 個で、上限 {limit} を超えました",
    ),
    "scrape.no_name": (
        "metric_relabel_configs left {series} without a metric name",
        "metric_relabel_configs により {series} のメトリクス名がなくなりました",
    ),
    "scrape.no_address": (
        "no address is left after relabelling",
        "リラベル後にアドレスが残っていません",
    ),
    "scrape.bad_address": (
        "{address} is not an address; expected host or host:port",
        "{address} はアドレスではありません (host または host:port)",
    ),
    "scrape.bad_scheme": (
        "{scheme} is not a scheme; expected http or https",
        "{scheme} はスキームではありません (http または https)",
    ),
    "scrape.bad_interval": (
        "{label} is {value}; expected a duration above 0 such as 15s",
        "{label} が {value} です。15s のような 0 より長い時間を指定してください",
    ),
    "scrape.bad_timeout": (
        "the timeout {timeout} is longer than the interval {interval}",
        "タイムアウト {timeout} が間隔 {interval} より長くなっています",
    ),
    "scrape.same_target": (
        "another target of this job has the same labels",
        "このジョブに同じラベルの収集対象がすでにあります",
    ),
    "scrape.file": (
        "{path}: {why}",
        "{path}: {why}",
    ),
    "scrape.internal": (
        "a mistake in Kizashi ({why}); the log has the details",
        "Kizashi の内部エラーです ({why})。詳細はログにあります",
    ),
}
