"""What is wrong with a PromQL text before, or when, it is read."""

_SPLIT = "Split it: let recording rules hold its parts."
_SPLIT_JA = "レコーディングルールに部分式を移して、式を分割してください。"

TEXTS: dict[str, tuple[str, str]] = {
    "promql.too-long": (
        f"the expression has {{size}} bytes; at most {{limit}} are read\n{_SPLIT}",
        f"式が {{size}} バイトあります。読み取るのは {{limit}} バイトまでです\n{_SPLIT_JA}",
    ),
    "promql.too-deep": (
        f"brackets are nested more than {{limit}} deep, from line {{line}}, column {{col}} of the expression on\n{_SPLIT}",
        f"式の {{line}} 行 {{col}} 列目で、括弧の入れ子が {{limit}} 段を超えています\n{_SPLIT_JA}",
    ),
    "promql.too-many-operators": (
        f"the expression has more than {{limit}} operators, from line {{line}}, column {{col}} on; signs and subqueries count\n{_SPLIT}",
        f"式の {{line}} 行 {{col}} 列目で、演算子が {{limit}} 個を超えています (符号とサブクエリも数えます)\n{_SPLIT_JA}",
    ),
    "promql.open-text": (
        "the text that begins at line {line}, column {col} of the expression has no end\nClose it with {quote}.",
        "式の {line} 行 {col} 列目で始まる文字列が閉じられていません\n{quote} で閉じてください。",
    ),
    "promql.open-bracket": (
        "the bracket at line {line}, column {col} of the expression is never closed\nAdd {expected} where it ends.",
        "式の {line} 行 {col} 列目の括弧が閉じられていません\n終わりに {expected} を加えてください。",
    ),
    "promql.not-opened": (
        "{found} at line {line}, column {col} of the expression closes nothing\nRemove it, or open its bracket.",
        "式の {line} 行 {col} 列目の {found} に対応する括弧がありません\n取り除くか、対応する括弧を開いてください。",
    ),
    "promql.other-bracket": (
        "{found} stands at line {line}, column {col} of the expression where {expected} was expected\nClose the bracket that was opened last first.",
        "式の {line} 行 {col} 列目が {found} ですが、{expected} が必要です\n最後に開いた括弧から順に閉じてください。",
    ),
    "promql.escape": (
        "{given} holds an escape that PromQL does not know\nWrite \\\\ for a backslash, or put the text between backticks.",
        "{given} に、PromQL にないエスケープがあります\nバックスラッシュは \\\\ と書くか、文字列をバッククォートで囲んでください。",
    ),
    "promql.regex": (
        "{given} is not a regular expression that is accepted: {why}\nWrite it as RE2 reads it, shorter, and without large repetitions.",
        "{given} は受け付けられない正規表現です: {why}\nRE2 の文法で、短く、大きな繰り返しを使わずに書いてください。",
    ),
    "promql.regexes-too-large": (
        "the regular expressions of one expression are larger than {limit} instructions together\nUse fewer or simpler ones.",
        "1 つの式に含まれる正規表現の合計が {limit} 命令を超えています\n数を減らすか、簡単にしてください。",
    ),
    "promql.syntax": (
        "this is not PromQL: {why}\nMend the expression; `promtool check rules` reads it as Prometheus does.",
        "PromQL として読めません: {why}\n式を直してください。`promtool check rules` なら Prometheus と同じ読み方で確かめられます。",
    ),
}
