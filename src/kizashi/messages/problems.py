"""What can be wrong with a declaration or a configuration, and what to do.

Each text has two lines: the first says what is wrong, the second what to do.
"""

TEXTS: dict[str, tuple[str, str]] = {
    "file.unreadable": (
        "the file cannot be read: {why}\nName a file that exists and that this user may read.",
        "ファイルを読めません: {why}\n存在し、このユーザーが読めるファイルを指定してください。",
    ),
    "file.clashes": (
        "this file does not agree with what stands in for another one\nMend the other file, and reload.",
        "ほかのファイルの代わりに使っている内容と矛盾しています\nもう一方のファイルを直してから、再読み込みしてください。",
    ),
    "file.refused.copy": (
        "{file} has an error, so its last good version is in force. {where}: {why}",
        "{file} に誤りがあるため、最後に正しく読み込めた内容を使っています。{where}: {why}",
    ),
    "file.refused.left-out": (
        "{file} has an error and is left out. {where}: {why}",
        "{file} に誤りがあるため、読み込んでいません。{where}: {why}",
    ),
    "file.blank": (
        "the file is empty, and declarations were expected\nRestore its content, or delete the file if nothing is to be declared here.",
        "ファイルが空です。宣言が必要です\n内容を元に戻すか、宣言するものがなければファイルを削除してください。",
    ),
    "file.empty": (
        "the file declares nothing\nRestore its content; delete the file if nothing is to be declared here.",
        "ファイルに宣言がありません\n内容を元に戻すか、宣言するものがなければファイルを削除してください。",
    ),
    "file.emptied": (
        "{file} no longer declares anything, so these are no longer measured: {services}. Restore its content, or delete the file if that was meant, and reload.",
        "{file} に宣言がなくなったため、次の計測をやめました: {services}。内容を元に戻すか、意図したものであればファイルを削除して、再読み込みしてください。",
    ),
    "file.encoding": (
        "the file is not UTF-8\nSave it as UTF-8.",
        "ファイルが UTF-8 ではありません\nUTF-8 で保存し直してください。",
    ),
    "file.none": (
        "no declaration was found here\nName files, or folders that hold *.yaml or *.yml.",
        "ここには宣言が見つかりません\nファイルか、*.yaml または *.yml を含むフォルダーを指定してください。",
    ),
    "yaml.too-large": (
        "the file has {size} bytes, more than {limit}\nSplit it into several files.",
        "ファイルが {size} バイトあり、上限の {limit} を超えています\n複数のファイルに分けてください。",
    ),
    "yaml.character": (
        "the character {name} is not allowed in YAML\nRemove it, or write it as an escape in double quotes.",
        "文字 {name} は YAML では使えません\n取り除くか、二重引用符の中でエスケープして書いてください。",
    ),
    "yaml.syntax": (
        "not YAML: {why}\nCheck indentation, colons, brackets and quotes here and on the line above.",
        "YAML として読めません: {why}\nこの行と直前の行の字下げ、コロン、括弧、引用符を確認してください。",
    ),
    "yaml.tab": (
        "a tab cannot indent YAML\nUse spaces.",
        "YAML の字下げにタブは使えません\n空白を使ってください。",
    ),
    "yaml.anchor": (
        "anchors are refused (&{name})\nWrite the value out where it is used.",
        "アンカーは使えません (&{name})\n値を使う場所に直接書いてください。",
    ),
    "yaml.alias": (
        "aliases are refused (*{name})\nWrite the value out where it is used.",
        "エイリアスは使えません (*{name})\n値を使う場所に直接書いてください。",
    ),
    "yaml.alias-unknown": (
        "the alias *{name} stands for nothing\nWrite the anchor &{name} in front of what it stands for, earlier in the same document.",
        "エイリアス *{name} が指すものがありません\n同じ文書のより前で、指す値の先頭にアンカー &{name} を書いてください。",
    ),
    "yaml.aliases-too-many": (
        "written out, the aliases come to more than {limit} values\nNo file of rules needs that; write fewer aliases of aliases.",
        "エイリアスを展開すると、値が {limit} 個を超えます\nこれほどのルールファイルはありません。エイリアスのエイリアスを減らしてください。",
    ),
    "yaml.too-many-nodes": (
        "the file holds more than {limit} values\nNo declaration needs that; split the file.",
        "値が {limit} 個を超えています\nこれほど大きな宣言はありません。ファイルを分割してください。",
    ),
    "yaml.tag": (
        "tags are refused ({tag})\nRemove the tag; quote the value if it must stay a text.",
        "タグは使えません ({tag})\nタグを取り除き、文字列のままにしたい値は引用符で囲んでください。",
    ),
    "yaml.too-deep": (
        "nested deeper than {limit} levels\nNo declaration needs that; check the brackets and the indentation.",
        "入れ子が {limit} 段を超えています\nこれほど深い宣言はありません。括弧と字下げを確認してください。",
    ),
    "yaml.key-structure": (
        "a key must be a text, not a list or a mapping\nWrite a plain name in front of the colon.",
        "キーは文字列でなければならず、リストやマッピングにはできません\nコロンの前には名前だけを書いてください。",
    ),
    "yaml.key-kind": (
        "the key {key} is read as {kind}, not as a text\nQuote it if you mean the text.",
        "キー {key} は文字列ではなく {kind} と解釈されます\n文字列のつもりなら引用符で囲んでください。",
    ),
    "yaml.key-twice": (
        "the key {key} is given twice; the first is on line {line}\nKeep one of them.",
        "キー {key} が重複しています (最初は {line} 行目)\nどちらか一方だけを残してください。",
    ),
    "document.mapping": (
        "expected a document with apiVersion and kind\nStart from one of the examples.",
        "apiVersion と kind を持つ文書ではありません\n付属の例を出発点にしてください。",
    ),
    "document.api-version": (
        "the apiVersion {given} is not known\nWrite one of: {known}.",
        "apiVersion {given} には対応していません\n次のいずれかを書いてください: {known}",
    ),
    "document.configuration": (
        "{key} belongs to a configuration, but only a file called kizashi.yaml is read as one\nRename the file to kizashi.yaml, or name it with --config instead.",
        "{key} は設定ファイルの項目ですが、設定として読まれるのは kizashi.yaml という名前のファイルだけです\n名前を kizashi.yaml に変えるか、--config で指定してください。",
    ),
    "document.kind": (
        "the kind {given} is not known\nWrite {known}.",
        "kind {given} には対応していません\n{known} と書いてください。",
    ),
    "field.missing": (
        "{key} is missing\nAdd it.",
        "{key} がありません\n追加してください。",
    ),
    "field.unknown": (
        "there is no field {key} in {where}\nRemove it, or use one of: {known}.",
        "{where} に {key} という項目はありません\n削除するか、次のいずれかを使ってください: {known}",
    ),
    "field.unknown-near": (
        "there is no field {key} in {where}\nDid you mean {near}?",
        "{where} に {key} という項目はありません\n{near} の間違いではありませんか。",
    ),
    "field.unsupported": (
        "{key} is not supported yet\nRemove it; nothing would read it.",
        "{key} にはまだ対応していません\n読み取られないので削除してください。",
    ),
    "field.given-up": (
        "{key} is not read; Prometheus has given it up too\nWrite {instead}.",
        "{key} は読み取られません (Prometheus でも廃止予定です)\n代わりに {instead} と書いてください。",
    ),
    "field.text": (
        "{key} is {given}; expected a text\nWrite one text.",
        "{key} が {given} です (文字列が必要です)\n文字列を 1 つ書いてください。",
    ),
    "field.boolean": (
        "{key} is {given}; expected true or false\nWrite true or false, in lower case and without quotes.",
        "{key} が {given} です (true か false が必要です)\n小文字で、引用符を付けずに true か false と書いてください。",
    ),
    "field.integer": (
        "{key} is {given}; expected a whole number\nWrite digits only, without quotes or units.",
        "{key} が {given} です (整数が必要です)\n引用符や単位を付けず、数字だけを書いてください。",
    ),
    "field.number": (
        "{key} is {given}; expected a number\nWrite a decimal number such as 14.4.",
        "{key} が {given} です (数値が必要です)\n14.4 のような数値を書いてください。",
    ),
    "field.duration": (
        "{key} is {given}; expected a duration\nWrite numbers with units from large to small, such as 200ms, 30s, 1h30m or 30d.",
        "{key} が {given} です (時間の長さが必要です)\n200ms、30s、1h30m、30d のように、大きい単位から順に書いてください。",
    ),
    "field.duration-zero": (
        "{key} must be longer than 0\nWrite a duration such as 15s.",
        "{key} は 0 より長くなければなりません\n15s のような時間を書いてください。",
    ),
    "field.mapping": (
        "{key} is {given}; expected fields with values\nWrite its fields below it, indented.",
        "{key} が {given} です (項目と値の組が必要です)\n字下げして下に項目を書いてください。",
    ),
    "field.list": (
        "{key} is {given}; expected a list\nWrite each item on a line that starts with a dash.",
        "{key} が {given} です (リストが必要です)\n各要素をダッシュで始まる行に書いてください。",
    ),
    "field.choice": (
        "{key} does not take {given}\nUse one of: {choices}.",
        "{key} に {given} は指定できません\n次のいずれかを使ってください: {choices}",
    ),
    "field.too-small": (
        "{key} must be at least {least}\nWrite a larger number.",
        "{key} は {least} 以上でなければなりません\nもっと大きい数を書いてください。",
    ),
    "field.too-long": (
        "{key} is longer than {limit} characters\nShorten it.",
        "{key} が {limit} 文字を超えています\n短くしてください。",
    ),
    "name.form": (
        "{key} is {given}; expected lower-case letters, digits and dashes\nUse at most 63 of them, with a letter or digit at both ends; displayName takes any text.",
        "{key} が {given} です (英小文字・数字・ハイフンだけが使えます)\n63 文字以内で、両端は英小文字か数字にしてください。自由な表記は displayName に書けます。",
    ),
    "service.twice": (
        "the service {name} is declared twice; the first is at {first}\nRename one of them or merge the two.",
        "サービス {name} が二重に宣言されています (最初は {first})\n名前を変えるか、1 つにまとめてください。",
    ),
    "service.depends-on-itself": (
        "a service cannot depend on itself\nRemove the entry.",
        "サービスは自分自身に依存できません\nこの項目を削除してください。",
    ),
    "runbook.no-objective": (
        "the runbook is for {on}, which is no objective of this service\nUse {near}.",
        "ランブックの対象 {on} はこのサービスの目標にありません\n{near} を使ってください。",
    ),
    "objective.twice": (
        "the objective {name} is declared twice; the first is at {first}\nRename one of them.",
        "目標 {name} が二重に宣言されています (最初は {first})\nどちらかの名前を変えてください。",
    ),
    "objective.target": (
        "the target is {given}; expected a percentage or a share\nWrite 99.95% or 0.9995.",
        "目標値が {given} です (百分率か割合が必要です)\n99.95% または 0.9995 のように書いてください。",
    ),
    "objective.target-whole": (
        "a target of {given} leaves no error budget: the first error would burn it infinitely fast\nPromise less, such as 99.99%.",
        "目標値 {given} ではエラーバジェットが残らず、最初のエラーでバーンレートが無限大になります\n99.99% のように、それより低い値を約束してください。",
    ),
    "objective.target-percent": (
        "the target {given} is above 1 and has no percent sign\nWrite {given}% if you mean percent.",
        "目標値 {given} は 1 を超えていて、% が付いていません\n百分率なら {given}% と書いてください。",
    ),
    "objective.target-range": (
        "the target {given} is not between 0 and 1 (0% and 100%)\nWrite a share such as 99.95% or 0.9995.",
        "目標値 {given} が 0 と 1 (0% と 100%) の間にありません\n99.95% や 0.9995 のような値を書いてください。",
    ),
    "objective.target-places": (
        "the target {given} is finer than nine nines\nUse at most 9 decimals of the share, 7 of the percentage.",
        "目標値 {given} は 9 ナインより細かすぎます\n割合なら小数 9 桁、百分率なら 7 桁までにしてください。",
    ),
    "objective.window-short": (
        "the window {window} is shorter than four slices of {slice}\nMake it at least {least}, or make slices shorter in the configuration.",
        "期間 {window} が、{slice} のスライス 4 つ分より短いです\n{least} 以上にするか、設定でスライスを短くしてください。",
    ),
    "objective.window-long": (
        "the window {window} is longer than {most}\nUse a shorter one, such as 30d.",
        "期間 {window} が {most} を超えています\n30d のような短いものを使ってください。",
    ),
    "objective.window-slices": (
        "the window {window} is no whole number of slices of {slice}\nUse a multiple of {slice}.",
        "期間 {window} が、{slice} のスライスの整数倍ではありません\n{slice} の倍数にしてください。",
    ),
    "objective.no-indicator": (
        "the objective has no indicator\nAdd one of: {choices}.",
        "目標に指標がありません\n次のいずれかを追加してください: {choices}",
    ),
    "objective.two-indicators": (
        "the objective has more than one indicator\nKeep one of {choices}; declare another objective for the other.",
        "目標に指標が 2 つ以上あります\n{choices} のうち 1 つだけを残し、ほかは別の目標として宣言してください。",
    ),
    "objective.jobs-differ": (
        "the selectors name different jobs: {jobs}\nCoverage is measured on one; name it with job.",
        "セレクターが異なるジョブを指しています: {jobs}\nカバレッジを測るジョブを job で 1 つ指定してください。",
    ),
    "objective.other-job": (
        "coverage is measured on the job {job}, but the selectors name {jobs}\nMake them agree, unless honor_labels lets these targets name other jobs.",
        "カバレッジはジョブ {job} で測りますが、セレクターは {jobs} を指しています\nhonor_labels で収集対象が別のジョブを名乗る場合を除き、両者を揃えてください。",
    ),
    "objective.no-job": (
        'no job is named: until series are seen, coverage is measured on every job\nAdd job, or a matcher such as job="todo" to the selectors.',
        'ジョブが指定されていないため、系列が現れるまでカバレッジをすべてのジョブで測ります\njob を追加するか、セレクターに job="todo" のようなマッチャーを加えてください。',
    ),
    "objective.job-unknown": (
        "no scrape configuration has the job {job}\nUse one of: {known}; or add the job to scrape_configs.",
        "ジョブ {job} はどのスクレイプ設定にもありません\n次のいずれかを使うか、scrape_configs に追加してください: {known}",
    ),
    "alerting.preset-and-policies": (
        "preset and policies are both given\nKeep one of them.",
        "preset と policies の両方が指定されています\nどちらか一方だけを残してください。",
    ),
    "alerting.no-pairs": (
        "policies is empty, so that nothing would ever alert\nAdd a pair of windows, or use a preset.",
        "policies が空なので、何もアラートになりません\nウィンドウの組を追加するか、プリセットを使ってください。",
    ),
    "alerting.guard-twice": (
        "{key} stands in alerting and beside it\nKeep one of the two.",
        "{key} が alerting の中と外の両方にあります\nどちらか一方だけにしてください。",
    ),
    "scrape.discovery-url": (
        "this is no URL to ask for targets\nWrite one that begins with http:// or https://.",
        "収集対象を問い合わせる URL になっていません\nhttp:// または https:// で始まる URL を書いてください。",
    ),
    "scrape.dns-port": (
        "records of type {type} hold no port\nAdd port, from 1 to 65535.",
        "{type} レコードにはポートが含まれません\nport に 1 から 65535 の値を書いてください。",
    ),
    "service.label": (
        "{name} cannot be a label of alerts\nUse letters, digits and underscores, and none of the names that alerts have already: {own}.",
        "{name} はアラートのラベル名に使えません\n英数字とアンダースコアだけを使い、アラートが元から持つ名前 ({own}) は避けてください。",
    ),
    "alerting.factor-zero": (
        "a factor must be above 0\nUse the burn rate to be woken at, such as 14.4.",
        "係数は 0 より大きくなければなりません\n14.4 のような、通知したいバーンレートを書いてください。",
    ),
    "alerting.factor-dead": (
        "the factor {factor} can never be exceeded at target {target}: a burn rate ends at {most}\nUse a factor below {most}.",
        "目標値 {target} では係数 {factor} を超えることがありません (バーンレートの上限は {most})\n{most} より小さい係数を使ってください。",
    ),
    "alerting.preset-dead": (
        "the pair with factor {factor} of {preset} can never fire at target {target} and is left out: a burn rate ends at {most}\nWrite policies with factors below {most} to be alerted in its place.",
        "目標値 {target} では {preset} の係数 {factor} の組は決して発報しないため外します (バーンレートの上限は {most})\n代わりの通知が必要なら、{most} より小さい係数の policies を書いてください。",
    ),
    "alerting.preset-tight": (
        "pairs of {preset} ({count}) have a long window no longer than their short one of {least}, because the objective's window is only {window}\nUse a longer window, or shorter slices and scrape intervals.",
        "目標の期間が {window} しかないため、{preset} の {count} 組で長い方のウィンドウが短い方 ({least}) 以下になります\n期間を長くするか、スライスとスクレイプ間隔を短くしてください。",
    ),
    "alerting.short-not-shorter": (
        "the short window {short} is not shorter than the long one, {long}\nUse about a twelfth of the long window.",
        "短い方のウィンドウ {short} が、長い方の {long} より短くありません\n長い方の 12 分の 1 ほどにしてください。",
    ),
    "alerting.long-too-long": (
        "the long window {long} is longer than the objective's window, {window}\nUse a long window within {window}.",
        "長い方のウィンドウ {long} が、目標の期間 {window} を超えています\n{window} 以内にしてください。",
    ),
    "alerting.short-too-short": (
        "the short window {short} holds fewer than five scrapes, so that an alert can end although its target is gone\nMake it at least {least}.",
        "短い方のウィンドウ {short} にはスクレイプが 5 回入らないため、収集対象が落ちただけでアラートが解決することがあります\n{least} 以上にしてください。",
    ),
    "field.size": (
        "{key} is {given}; expected a size\nWrite a whole number with a unit out of B, KB, MB, GB, TB, such as 64MB.",
        "{key} が {given} です (サイズが必要です)\n64MB のように、整数に B、KB、MB、GB、TB のいずれかを付けて書いてください。",
    ),
    "field.no-limit": (
        "{key} is 0, and 0 never means unlimited\nWrite the limit you want, or remove the field for the default.",
        "{key} が 0 ですが、0 は無制限を意味しません\n上限値を書くか、項目を削除して既定値を使ってください。",
    ),
    "field.one-of": (
        "{one} and {other} are both given\nKeep one of them.",
        "{one} と {other} の両方が指定されています\nどちらか一方だけを残してください。",
    ),
    "configuration.mapping": (
        "expected keys with values, such as scrape_configs\nAn empty file is valid too: every key has a default.",
        "scrape_configs のようなキーと値の組ではありません\n空のファイルでも構いません。すべてのキーに既定値があります。",
    ),
    "configuration.one-document": (
        "a configuration is one YAML document\nRemove the --- line and what follows, or move it to a file of its own.",
        "設定は 1 つの YAML 文書でなければなりません\n--- の行以降を削除するか、別のファイルに移してください。",
    ),
    "configuration.file-unreadable": (
        "{key} names {file}, which cannot be read: {why}\nCreate it, or let the user that Kizashi runs as read it; the path is relative to the configuration file.",
        "{key} の {file} を読めません: {why}\nファイルを作るか、Kizashi を動かすユーザーに読み取りを許可してください。パスは設定ファイルからの相対パスです。",
    ),
    "configuration.no-file": (
        "declarations names {pattern}, which matches no file\nPatterns are relative to the configuration file; correct or remove this one.",
        "declarations の {pattern} に一致するファイルがありません\nパターンは設定ファイルからの相対パスです。直すか削除してください。",
    ),
    "configuration.reserve": (
        "storage.reserve is smaller than alerts need\nUse 16MB or more.",
        "storage.reserve が、アラートに必要な大きさに足りません\n16MB 以上にしてください。",
    ),
    "configuration.slice": (
        "a slice of {given} is not possible\nUse whole seconds from {least} to {most}.",
        "スライスを {given} にはできません\n{least} から {most} までの秒単位の値にしてください。",
    ),
    "scrape.job-empty": (
        "job_name is empty\nGive the job a name.",
        "job_name が空です\nジョブに名前を付けてください。",
    ),
    "scrape.job-twice": (
        "the job {name} is configured twice; the first is at {first}\nRename one of them or merge the two.",
        "ジョブ {name} が重複しています (最初は {first})\n名前を変えるか、1 つにまとめてください。",
    ),
    "scrape.timeout-long": (
        "the timeout {timeout} is longer than the interval {interval}\nMake it at most {interval}.",
        "タイムアウト {timeout} が間隔 {interval} より長くなっています\n{interval} 以下にしてください。",
    ),
    "scrape.path": (
        "metrics_path is {given}; expected a path\nStart it with a slash.",
        "metrics_path が {given} です (パスが必要です)\nスラッシュで始めてください。",
    ),
    "scrape.address": (
        "{given!r} is no address\nWrite host:port; the scheme and the path have fields of their own.",
        "{given!r} はアドレスではありません\nホスト:ポート の形で書いてください。スキームとパスには別の項目があります。",
    ),
    "scrape.label-name": (
        "{given} is no name of a label\nUse letters, digits and underscores, not starting with a digit.",
        "{given} はラベル名として使えません\n英字・数字・アンダースコアを使い、数字以外で始めてください。",
    ),
    "scrape.file-pattern": (
        "{given} is no pattern of target files\nEnd it with .json, .yml or .yaml, with at most one * in the last part of the path.",
        "{given} は収集対象ファイルの指定として使えません\n.json、.yml、.yaml のいずれかで終わり、* はパスの最後の部分に 1 つまでにしてください。",
    ),
    "scrape.relabel": (
        "the relabelling rule cannot work: {why}\nCorrect the rule; its fields mean what they mean to Prometheus.",
        "リラベルの規則が機能しません: {why}\n規則を直してください。各項目の意味は Prometheus と同じです。",
    ),
    "scrape.authorization-basic": (
        "authorization does not take the type Basic\nUse basic_auth.",
        "authorization の type に Basic は指定できません\nbasic_auth を使ってください。",
    ),
    "scrape.tls-pair": (
        "cert_file and key_file belong together, and one is missing\nAdd the other.",
        "cert_file と key_file は組で必要ですが、一方がありません\nもう一方を追加してください。",
    ),
    "outside.url": (
        "external_url is not the address of a server\nWrite what a browser shows: http or https, a host, perhaps a port and a path, such as https://ops.example/kizashi/. A name outside ASCII is written in Punycode.",
        "external_url がサーバーのアドレスになっていません\nブラウザーに表示されるとおりに、http か https、ホスト、必要ならポートとパスを書いてください(例: https://ops.example/kizashi/)。ASCII 以外の名前は Punycode で書きます。",
    ),
    "outside.proxy": (
        "{given} is no address of a proxy\nWrite an IP address or a network, such as 10.0.0.7 or 10.0.0.0/24.",
        "{given} はプロキシのアドレスではありません\nIP アドレスか、10.0.0.0/24 のようなネットワークを書いてください。",
    ),
    "outside.every": (
        "{given} would trust every caller to be a proxy\nName the addresses that your proxies connect from.",
        "{given} では、すべての呼び出し元をプロキシとして信頼してしまいます\nプロキシの接続元アドレスを書いてください。",
    ),
    "heartbeat.url": (
        "the heartbeat's url is no http or https address\nWrite it in full, as the service that waits for the beats shows it.",
        "ハートビートの url が http または https のアドレスではありません\n監視サービスに表示されるアドレスを、省略せずに書いてください。",
    ),
    "heartbeat.interval": (
        "a beat every {given} is too often to mean anything\nUse at least {least}.",
        "{given} ごとのハートビートは間隔が短すぎます\n{least} 以上にしてください。",
    ),
    "upstream.url": (
        "{key} is no http or https address of a server\nWrite it as far as in front of /api/v1, without user, password or query.",
        "{key} がサーバーの http または https のアドレスではありません\n/api/v1 の手前までを書いてください。ユーザー名・パスワード・クエリは含めません。",
    ),
    "upstream.tenant": (
        "the tenant is no name that Mimir or Cortex would take\nUse letters, digits and !._*'()-, at most 150; several are joined by |.",
        "tenant が Mimir や Cortex で使える名前ではありません\n英数字と !._*'()- を 150 文字以内で使い、複数なら | でつないでください。",
    ),
    "upstream.header": (
        "the header {name} cannot be sent\nUse a name of letters, digits and dashes, and a value on one line.",
        "ヘッダー {name} は送れません\n名前は英数字とハイフン、値は改行なしで書いてください。",
    ),
    "upstream.header-taken": (
        "the header {name} cannot be set here\nUse basic_auth, authorization or tenant; others belong to the connection.",
        "ヘッダー {name} はここでは指定できません\nbasic_auth、authorization、tenant を使ってください。それ以外は接続が決めます。",
    ),
    "upstream.timeout": (
        "a timeout of {given} is out of range\nUse {least} to {most}.",
        "タイムアウト {given} は範囲外です\n{least} から {most} の間にしてください。",
    ),
    "route.missing": (
        "there are receivers but no route, so that nobody is told\nAdd route with a receiver.",
        "レシーバーがあるのに route がないため、だれにも通知されません\nreceiver を持つ route を追加してください。",
    ),
    "route.no-receiver": (
        "there is no receiver {name}\nUse one of: {known}; or add it to receivers.",
        "{name} というレシーバーはありません\n次のいずれかを使うか、receivers に追加してください: {known}",
    ),
    "route.group-by-all": (
        "group_by has ... beside other labels\nKeep ... alone to group by every label, or remove it.",
        "group_by で ... がほかのラベルと並んでいます\nすべてのラベルでまとめるなら ... だけを残し、そうでなければ取り除いてください。",
    ),
    "route.group-by-name": (
        "group_by has {given}, which is no name of a label\nUse letters, digits and underscores, not starting with a digit.",
        "group_by の {given} はラベル名ではありません\n英字・数字・アンダースコアを使い、数字以外で始めてください。",
    ),
    "route.group-by-twice": (
        "group_by has {name} twice\nKeep one.",
        "group_by に {name} が重複しています\n1 つだけにしてください。",
    ),
}
