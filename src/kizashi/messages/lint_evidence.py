"""What the lint says of findings that rest on what was seen.

Findings have three lines, as in `kizashi.messages.lint`; evidence has one.
"""

TEXTS: dict[str, tuple[str, str]] = {
    "lint.metric-not-exported": (
        "nobody exports {metric}\nThe expression is always empty: an alert on it can never fire, a panel stays blank, and a recording rule records nothing.\nUse the name that is exported, or scrape what exports this one.",
        "{metric} を公開しているものがありません\n式は常に空です。アラートは決して発報せず、パネルには何も表示されず、記録ルールは何も記録しません。\n実際に公開されている名前を使うか、これを公開するものを収集対象に加えてください。",
    ),
    "lint.label-not-exported": (
        "{metric} has no label {label}\nA series without the label never matches {matcher}: the selector selects nothing, and what is built on it is empty in every outage.\nAsk for a label that the metric has.",
        "{metric} には {label} というラベルがありません\nラベルのない系列は {matcher} に決して一致しません。何も選ばれないため、どんな障害でも式は空のままです。\nこのメトリクスにあるラベルを使ってください。",
    ),
    "lint.label-excludes-nothing": (
        "{metric} has no label {label}, so {matcher} leaves nothing out\nEvery series passes. Where errors are meant by it, every request counts as an error; where health checks are, they all count as traffic.\nAsk for a label that the metric has.",
        "{metric} には {label} というラベルがないため、{matcher} は何も除外しません\nすべての系列が条件を通ります。エラーを選ぶつもりなら全リクエストがエラーになり、ヘルスチェックを除くつもりなら全部が通信として数えられます。\nこのメトリクスにあるラベルを使ってください。",
    ),
    "lint.value-not-exported": (
        "no series of {metric} matches {matcher}\nThe selector selects nothing, so the expression is empty whatever happens to the service.\nUse a value that exists.",
        "{matcher} に一致する {metric} の系列がありません\n何も選ばれないため、サービスに何が起きても式は空です。\n実際にある値を使ってください。",
    ),
    "lint.job-cannot-match": (
        "no job is scraped that matches {matcher}\nThe selector selects nothing: the alert cannot fire, not even for the job that was meant.\nUse the name of a job that is scraped.",
        "{matcher} に一致するジョブは収集されていません\n何も選ばれません。意図したジョブに障害が起きても、アラートは発報しません。\n実際に収集しているジョブの名前を使ってください。",
    ),
    "lint.threshold-without-edge": (
        "{metric} has no bucket with {threshold}\nEdges are compared as texts and nothing in between is counted: the selector selects nothing, so the share of fast requests is missing, always.\nUse an edge that exists, or give the histogram this one.",
        "{metric} に {threshold} のバケットはありません\n境界は文字列として比べられ、その間の値は数えられていません。何も選ばれず、速いリクエストの割合は常に求まりません。\n実際にある境界を使うか、この境界をヒストグラムに加えてください。",
    ),
    "lint.threshold-above-last-edge": (
        "{threshold} lies above the last edge of {metric}\nSlower requests than the last edge are all alike to this histogram; the selector selects nothing, and no request is ever too slow.\nUse an edge that exists, or give the histogram further ones.",
        "{threshold} は {metric} の最後の境界より上にあります\n最後の境界より遅いリクエストは、このヒストグラムでは区別できません。何も選ばれず、遅すぎるリクエストは一件も見つかりません。\n実際にある境界を使うか、ヒストグラムに境界を加えてください。",
    ),
    "lint.quantile-never-above": (
        "a quantile of {metric} is never more than {last}, and the limit is {limit}\nThe alert can never fire: whatever is slower than the last edge is shown as the last edge, also when every request takes a minute.\nUse a limit below {last}, or give the histogram further edges.",
        "{metric} の分位数が {last} を超えることはありませんが、限度は {limit} です\nアラートは決して発報しません。最後の境界より遅いものは、全リクエストに 1 分かかっていても、最後の境界の値として表示されます。\n限度を {last} より小さくするか、ヒストグラムに境界を加えてください。",
    ),
    "lint.quantile-between-edges": (
        "{limit} is no edge of {metric}\nBetween two edges a quantile is a guess along a straight line: it can cross the limit while no request does, and stay below while all of them do.\nCompare at an edge, as the share of requests below it.",
        "{limit} は {metric} の境界ではありません\n2 つの境界の間では、分位数は直線による推測です。限度を超えたリクエストが 1 件もなくても超えたように見え、すべて超えていても下に見えることがあります。\n境界を限度にして、それ以下のリクエストの割合で判定してください。",
    ),
    "lint.counter-never-moves": (
        "{metric} does not count anything\nIts rate is 0: a ratio over it is 0 / 0, which is no number and fires nothing, and an alert on too little of it fires for ever.\nUse the counter of what users do.",
        "{metric} は何も数えていません\n増加率が 0 のため、これで割った比は 0 / 0 で数にならず、何も発報しません。少なさを見るアラートなら、ずっと発報し続けます。\n利用者の操作を数えているカウンターを使ってください。",
    ),
    "lint.machines-counted": (
        "scrapes and health checks count as traffic of {metric}\nThey always succeed, so they thin out the errors of users; and the traffic never falls to nothing, so its loss is never seen.\nLeave them out of every selector.",
        "スクレイプやヘルスチェックが {metric} の通信として数えられています\n必ず成功するため利用者のエラーが薄まり、通信が 0 にならないため途絶えても気付けません。\nすべてのセレクターから除いてください。",
    ),
    "lint.part-exceeds-whole": (
        "{part} is divided by {whole}, and is no part of it\nThe ratio can exceed 100 %, so a good minute pays for a bad one: errors are hidden, or invented.\nSelect the part among the same events as the whole.",
        "{part} を {whole} で割っていますが、その一部ではありません\n比が 100 % を超えうるため、良い時間帯が悪い時間帯を打ち消し、エラーが隠れたり、ないエラーが現れたりします。\n全体と同じイベントの中から、一部を選んでください。",
    ),
    "lint.rate-of-gauge": (
        "{function} of {metric}, which is a gauge\nEvery decline is taken for a restart of a counter, so the result is growth that never happened.\nUse deriv or delta for a gauge, or the counter that was meant.",
        "ゲージの {metric} に {function} を使っています\n値が下がるたびにカウンターの再起動とみなされ、実際にはなかった増加が計算されます。\nゲージには deriv か delta を使うか、意図したカウンターに替えてください。",
    ),
    "lint.quantile-of-each-series": (
        "the quantile is taken of each series of {metric} by itself, told apart by {labels}\nOne slow request on a route that is seldom asked for is its 95th percentile, and fires; a slow service behind many routes does not show as one.\nSum the buckets over what is one service to its users.",
        "{metric} の分位数を、{labels} で分かれた系列ごとに別々に求めています\nめったに使われないルートでは、遅いリクエスト 1 件がそのまま 95 パーセンタイルになり発報します。サービス全体の遅さは、1 つの値としては現れません。\n利用者から見て 1 つのサービスになる範囲で、バケットを合計してください。",
    ),
    "lint.evidence": ("what was seen: {what}", "確認した事実: {what}"),
    "lint.evidence.metric": (
        "{origin} exports {count} names; none is {metric}, nor like it.",
        "{origin} が公開する名前は {count} 個。{metric} も、似た名前もありません。",
    ),
    "lint.evidence.metric-nearest": (
        "{origin} exports {count} names; none is {metric}. The nearest is {nearest}.",
        "{origin} が公開する名前は {count} 個。{metric} はなく、最も近いのは {nearest} です。",
    ),
    "lint.evidence.labels": (
        "at {origin} its labels are {listed}.",
        "{origin} でのラベルは {listed} です。",
    ),
    "lint.evidence.values": (
        "at {origin} the label {label} has these values ({count}): {listed}.",
        "{origin} でのラベル {label} の値は {count} 個: {listed}。",
    ),
    "lint.evidence.jobs": (
        "{origin} has these jobs ({count}): {listed}.",
        "{origin} のジョブは {count} 個: {listed}。",
    ),
    "lint.evidence.edges": (
        "at {origin} its edges are {edges}; the nearest is {nearest}.",
        "{origin} での境界は {edges}。最も近いのは {nearest} です。",
    ),
    "lint.evidence.still": (
        "at {origin} none of its {count} series moved in {span}.",
        "{origin} では、{count} 系列のどれも {span} の間に動きませんでした。",
    ),
    "lint.evidence.machines": (
        "at {origin} they are {part} % of what this selects: {count} of {all} requests had {listed}.",
        "{origin} では、選ばれる {all} 件のうち {count} 件 ({part} %) が {listed} でした。",
    ),
    "lint.evidence.exceeds": (
        "at {origin} the part counted {part_count}, the whole {whole_count}.",
        "{origin} では、一部が {part_count} 件、全体が {whole_count} 件でした。",
    ),
    "lint.evidence.outside": (
        "at {origin} {outside} of the {part_count} events on the left are not among the {whole_count} on the right.",
        "{origin} では、左辺の {part_count} 件のうち {outside} 件が、右辺の {whole_count} 件に含まれていません。",
    ),
    "lint.evidence.gauge": (
        "{origin} says that its type is gauge.",
        "{origin} によると、型は gauge です。",
    ),
    "lint.evidence.each": (
        "at {origin} there are {count} of them.",
        "{origin} には、その系列が {count} 個あります。",
    ),
    "lint.evidence.retention": (
        "{origin} keeps samples for {retention}.",
        "{origin} の保持期間は {retention} です。",
    ),
    "lint.evidence.route": (
        "{file} routes {labels} there.",
        "{file} は {labels} をそこへ送ります。",
    ),
    "lint.evidence.link": ("asked for, it answered: {why}", "開いてみた結果: {why}"),
    "lint.unseen": (
        "{origin} could not be looked at: {why} Nothing is called missing for that reason.",
        "{origin} を確認できませんでした: {why} そのため、存在しないという指摘はしません。",
    ),
    "lint.unseen.metric": (
        "{origin}: {metric} has too many series to be looked at; nothing is said of its labels and values.",
        "{origin}: {metric} は系列が多すぎて確認できないため、ラベルと値については何も指摘しません。",
    ),
    "lint.unseen.link": (
        "{link} could not be looked at ({why}); nothing is said of it.",
        "{link} を確認できませんでした ({why})。このリンクについては何も指摘しません。",
    ),
    "lint.unseen.elsewhere": (
        "{link} redirects to another host, {to}, which is not opened: the link was not checked.",
        "{link} は別のホスト {to} へ転送されます。転送先は開かないため、このリンクは検査していません。",
    ),
    "lint.unseen.own_link": (
        "{link} has a link-local address or that of a cloud's metadata, which is never opened: the link was not checked.",
        "{link} のアドレスはリンクローカルかクラウドのメタデータのもので、開くことはありません。このリンクは検査していません。",
    ),
    "lint.option.links": (
        "With --lint: ask for every runbook that alerts link to, and say which are gone.",
        "--lint とともに指定します。アラートがリンクするランブックを実際に開き、なくなったものを指摘します。",
    ),
    "lint.seen": (
        "Looked at {origin}: {count} names, over {span}.",
        "確認先: {origin} (名前 {count} 個、{span})。",
    ),
    "lint.option.targets": (
        "With --lint: exporters to scrape twice, and to hold the rules against: every one that the rules read. Addresses follow each other, or come after a comma.",
        "--lint とともに指定します。2 回スクレイプし、ルールと突き合わせるエクスポーター。ルールが読むものをすべて指定します。アドレスは並べて書くか、コンマで区切ります。",
    ),
    "lint.option.upstream": (
        "With --lint: a Prometheus-compatible server to hold the rules against. Where it wants a password, name it in the `upstream` of a configuration file and give that with --config.",
        "--lint とともに指定します。ルールと突き合わせる Prometheus 互換サーバー。認証が必要なら、設定ファイルの upstream に書き、--config で渡します。",
    ),
    "lint.option.over": (
        "With --targets: how long to wait between two scrapes (default: 5s). With --upstream: how far to look back (default: 1h).",
        "--targets では 2 回のスクレイプの間隔 (既定値: 5s)、--upstream ではさかのぼる長さ (既定値: 1h)。",
    ),
    "cli.check.one-evidence": (
        "give either --targets or --upstream, not both",
        "--targets と --upstream は、どちらか一方だけを指定してください",
    ),
    "cli.check.bad-address": (
        "{given!r} is no address of a target or server; write it as 127.0.0.1:9100 or https://host/metrics",
        "{given!r} は収集対象やサーバーのアドレスではありません。127.0.0.1:9100 や https://host/metrics のように書いてください",
    ),
    "cli.check.many-targets": (
        "{given} targets are too many at once; name at most 64, or ask a server with --upstream",
        "収集対象が {given} 個は多すぎます。64 個までにするか、--upstream でサーバーを指定してください",
    ),
    "cli.check.address-secret": (
        "an address must not hold a password: everybody on this machine can read it; write it in a configuration file's `upstream` and give that with --config",
        "アドレスにパスワードを含めないでください。このマシンのだれからも読めます。設定ファイルの upstream に書き、--config で渡してください",
    ),
}
