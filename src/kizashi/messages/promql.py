"""What is wrong with a PromQL text before, or when, it is read."""

_AT = "line {line}, column {col} of the expression"
_AT_JA = "式の {line} 行 {col} 列目"

_SPLIT = "Split it: let recording rules hold its parts."
_SPLIT_JA = "レコーディングルールに部分式を移して、式を分割してください。"

_MEND = (
    "Correct the expression there; `promtool check rules` reads it as Prometheus does."
)
_MEND_JA = "そこを直してください。`promtool check rules` なら Prometheus と同じ読み方で確かめられます。"


def _expected(what: str, named: tuple[str, str]) -> dict[str, tuple[str, str]]:
    """Return what is said where something else stands."""
    name, name_ja = named
    return {
        f"promql.expected.{what}": (
            f"{{found}} stands at {_AT} where {name} was expected\n{_MEND}",
            f"{_AT_JA}に {{found}} がありますが、{name_ja}が必要です\n{_MEND_JA}",
        ),
    }


def _ended(what: str, named: tuple[str, str]) -> dict[str, tuple[str, str]]:
    """Return what is said where something else stands, or nothing any more."""
    name, name_ja = named
    return _expected(what, named) | {
        f"promql.ended.{what}": (
            f"the expression ends at line {{line}}, column {{col}} where {name} was expected\n{_MEND}",
            f"式が {{line}} 行 {{col}} 列目で終わっていますが、{name_ja}が必要です\n{_MEND_JA}",
        ),
    }


def _wanted(kind: str, named: tuple[str, str]) -> dict[str, tuple[str, str]]:
    """Return what is said where a function gets another type than it takes."""
    name, name_ja = named
    return {
        f"promql.wants-{kind}": (
            f"{{func}} takes {name}, and gets a {{got}} value at {_AT}\nGive it what it takes.",
            f"{_AT_JA}で、{{func}} には{name_ja}が必要ですが、型が {{got}} です\n必要な型の式を渡してください。",
        ),
    }


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
        f"{{given}} at {_AT} holds an escape that PromQL does not know\nWrite \\\\ for a backslash, or put the text between backticks.",
        f"{_AT_JA}の {{given}} に、PromQL にないエスケープがあります\nバックスラッシュは \\\\ と書くか、文字列をバッククォートで囲んでください。",
    ),
    "promql.not-selector": (
        'an expression stands where a plain selector was expected\nWrite a metric with matchers, such as http_requests_total{{status=~"5.."}}, without functions, ranges and operators.',
        'セレクターだけが必要ですが、式になっています\n関数・範囲・演算子を使わず、http_requests_total{{status=~"5.."}} のようにメトリクス名とマッチャーだけを書いてください。',
    ),
    "promql.selector-moved": (
        "{selector} has an offset or @, which no selector has here\nRemove it: Kizashi looks at what is there now.",
        "{selector} に offset または @ が付いていますが、ここでは使えません\n取り除いてください。Kizashi が見るのは現在の値です。",
    ),
    "promql.not-utf8": (
        f"{{given}} at {_AT} is not valid UTF-8\nNo label has such a value: write the characters themselves, or \\u and four digits.",
        f"{_AT_JA}の {{given}} は UTF-8 として正しくありません\nそのような値を持つラベルはありません。文字をそのまま書くか、\\u と 4 桁の 16 進数で書いてください。",
    ),
    "promql.regex": (
        f"{{given}} at {_AT} is not a regular expression that is accepted: {{why}}\nWrite it as RE2 reads it, shorter, and without large repetitions.",
        f"{_AT_JA}の {{given}} は受け付けられない正規表現です: {{why}}\nRE2 の文法で、短く、大きな繰り返しを使わずに書いてください。",
    ),
    "promql.regexes-too-large": (
        f"the regular expressions of one expression are larger than {{limit}} instructions together, from {_AT} on\nUse fewer or simpler ones.",
        f"{_AT_JA}で、1 つの式に含まれる正規表現の合計が {{limit}} 命令を超えています\n数を減らすか、簡単にしてください。",
    ),
    "promql.empty": (
        "there is no expression\nWrite one, such as up or sum(rate(http_requests_total[5m])).",
        "式がありません\nup や sum(rate(http_requests_total[5m])) のような式を書いてください。",
    ),
    "promql.number": (
        f"{{given}} at {_AT} is not a number\nWrite 1000, 1_000, 0.5, 1e3, 0x1f, Inf or NaN; a time is 5m or 1h30m.",
        f"{_AT_JA}の {{given}} は数値ではありません\n1000、1_000、0.5、1e3、0x1f、Inf、NaN のように書いてください。時間は 5m や 1h30m です。",
    ),
    "promql.duration": (
        f"{{given}} at {_AT} is not a duration\nWrite numbers with units from large to small out of y w d h m s ms, such as 5m or 1h30m; 300 means 300 seconds, and 292 years are the limit.",
        f"{_AT_JA}の {{given}} は時間の長さではありません\n5m や 1h30m のように、単位 y w d h m s ms を大きいものから順に付けて書いてください。300 は 300 秒です。292 年が上限です。",
    ),
    "promql.no-range": (
        f"{{given}} at {_AT} must be longer than 0\nWrite how far back it reaches, such as 5m.",
        f"{_AT_JA}の {{given}} は 0 より長くなければなりません\nさかのぼる長さを 5m のように書いてください。",
    ),
    "promql.computed-duration": (
        f"{{given}} at {_AT} computes a duration, which is experimental in Prometheus and not read by Kizashi\nWrite the result, such as 6m for 5m + 1m.",
        f"{_AT_JA}の {{given}} で時間の長さを計算しています。Prometheus でも実験的な機能で、Kizashi は読み取りません\n5m + 1m なら 6m のように、結果を書いてください。",
    ),
    "promql.experimental": (
        f"{{given}} at {_AT} is experimental syntax of Prometheus, which Kizashi does not read\nWrite the expression without it.",
        f"{_AT_JA}の {{given}} は Prometheus の実験的な機能で、Kizashi は読み取りません\nこれを使わずに式を書いてください。",
    ),
    "promql.function": (
        f"{{func}} at {_AT} is no function of PromQL\nCheck its spelling; names of functions are in small letters.",
        f"{_AT_JA}の {{func}} という関数は PromQL にありません\n綴りを確かめてください。関数名は小文字です。",
    ),
    "promql.arguments": (
        f"{{func}} at {_AT} takes another number of arguments: {{takes}}, not {{given}}\nAdd what is missing, or remove what is too much.",
        f"{_AT_JA}の {{func}} の引数の数が違います (正しくは {{takes}}、今は {{given}})\n足りない引数を加えるか、余分な引数を取り除いてください。",
    ),
    "promql.last-comma": (
        f"the comma at {_AT} has no argument behind it\nRemove the comma, or add the argument.",
        f"{_AT_JA}のコンマの後に引数がありません\nコンマを取り除くか、引数を加えてください。",
    ),
    "promql.name-twice": (
        f"the selector at {_AT} names its metric twice, once as {{metric}}\nKeep one of the two names.",
        f"{_AT_JA}のセレクターにメトリクス名が 2 つあります (1 つは {{metric}})\nどちらか 1 つにしてください。",
    ),
    "promql.selects-all": (
        f"the selector at {_AT} selects every series\nAdd the metric's name, or a matcher that an absent label does not fit.",
        f"{_AT_JA}のセレクターはすべての時系列に一致します\nメトリクス名か、ラベルのない時系列に一致しないマッチャーを加えてください。",
    ),
    "promql.or-matchers": (
        f'or at {_AT} joins matchers, which only VictoriaMetrics knows\nWrite label=~"one|other", or two selectors with or between them.',
        f'{_AT_JA}の or はマッチャーをつないでいますが、これは VictoriaMetrics だけの構文です\nlabel=~"one|other" と書くか、2 つのセレクターを or でつないでください。',
    ),
    "promql.range-of": (
        f"the range at {_AT} stands behind something other than a metric with its matchers\nWrite a subquery, such as [5m:], or put the range behind the metric.",
        f"{_AT_JA}の範囲が、メトリクスとマッチャー以外の後にあります\n[5m:] のようにサブクエリとして書くか、範囲をメトリクスの直後に置いてください。",
    ),
    "promql.range-first": (
        f"the range at {_AT} stands behind an offset or @\nWrite the range first: x[5m] offset 1h.",
        f"{_AT_JA}の範囲が offset または @ の後にあります\n範囲を先に書いてください: x[5m] offset 1h",
    ),
    "promql.subquery-of": (
        f"the subquery at {_AT} needs an instant vector in front of it, not a {{got}} value\nPut an expression such as rate(x[5m]) there.",
        f"{_AT_JA}のサブクエリの前には瞬時ベクトルが必要です (今の型: {{got}})\nrate(x[5m]) のような式を置いてください。",
    ),
    "promql.modifier-of": (
        f"{{given}} at {_AT} stands behind something other than a metric, a range or a subquery\nPut it directly behind the metric, before any bracket closes.",
        f"{_AT_JA}の {{given}} が、メトリクス・範囲・サブクエリ以外の後にあります\n括弧が閉じる前の、メトリクスの直後に置いてください。",
    ),
    "promql.twice": (
        f"{{given}} at {_AT} stands there a second time\nKeep one of the two.",
        f"{_AT_JA}の {{given}} は 2 回目です\nどちらか 1 つにしてください。",
    ),
    "promql.time": (
        f"{{given}} at {_AT} is no time that @ can name\nWrite Unix seconds, start() or end().",
        f"{_AT_JA}の {{given}} は @ で指定できる時刻ではありません\nUnix 秒、start()、end() のいずれかを書いてください。",
    ),
    "promql.sign-type": (
        f"{{sign}} at {_AT} stands before a {{got}} value\nPut it before a number or an instant vector.",
        f"{_AT_JA}の {{sign}} の後の型が {{got}} です\n数値または瞬時ベクトルの前に置いてください。",
    ),
    "promql.operand-type": (
        f"{{sign}} has a {{got}} value beside it, at {_AT}\nOperators take numbers and instant vectors: put rate(…) or another function around a range.",
        f"{_AT_JA}で、{{sign}} の隣の型が {{got}} です\n演算子が取るのは数値と瞬時ベクトルです。範囲には rate(…) などの関数を適用してください。",
    ),
    "promql.bool-sign": (
        f"bool stands behind {{sign}} at {_AT}, which compares nothing\nRemove bool.",
        f"{_AT_JA}の {{sign}} は比較ではないので、bool を付けられません\nbool を取り除いてください。",
    ),
    "promql.scalars-compared": (
        f"{{sign}} at {_AT} compares two numbers\nWrite {{sign}} bool; the result is 0 or 1.",
        f"{_AT_JA}の {{sign}} は 2 つの数値を比べています\n{{sign}} bool と書いてください。結果は 0 か 1 です。",
    ),
    "promql.on-and-group": (
        f"a label stands in on(…) and in the group modifier of {{sign}} at {_AT}\nRemove it from the group modifier.",
        f"{_AT_JA}の {{sign}} で、同じラベルが on(…) と group_left/group_right の両方にあります\ngroup_left/group_right から取り除いてください。",
    ),
    "promql.set-of-scalars": (
        f"{{sign}} at {_AT} has a number beside it\nIt takes instant vectors on both sides: write vector(1) for 1.",
        f"{_AT_JA}の {{sign}} の隣に数値があります\n両側とも瞬時ベクトルにしてください。1 は vector(1) と書きます。",
    ),
    "promql.set-grouped": (
        f"{{sign}} at {_AT} has group_left or group_right behind it\nRemove it: and, or, unless match many to many.",
        f"{_AT_JA}の {{sign}} に group_left または group_right が付いています\n取り除いてください。and、or、unless は多対多で照合します。",
    ),
    "promql.scalars-matched": (
        f"{{sign}} at {_AT} has on(…) or ignoring(…), and a number on one side\nRemove the labels, or write vector(…) around the number.",
        f"{_AT_JA}の {{sign}} に on(…) または ignoring(…) がありますが、片側が数値です\nラベルを取り除くか、数値を vector(…) で囲んでください。",
    ),
    **_wanted("scalar", ("a number, such as 0.9", "0.9 のような数値")),
    **_wanted("string", ('a text, such as "a"', '"a" のような文字列')),
    **_wanted("vector", ("an instant vector, such as x", "x のような瞬時ベクトル")),
    **_wanted("range", ("a range vector, such as x[5m]", "x[5m] のような範囲ベクトル")),
    **_ended(
        "expression",
        (
            "a metric, a number, a function or a bracket",
            "メトリクス、数値、関数、括弧のいずれか",
        ),
    ),
    **_expected("operator", ("an operator or the end", "演算子または式の終わり")),
    **_expected("close", ("an operator or )", "演算子または )")),
    **_ended("arguments", ("( with the arguments", "引数を囲む (")),
    **_expected(
        "argument-end", ("an operator, a comma or )", "演算子、コンマ、) のいずれか")
    ),
    **_ended("labels", ("( with labels", "ラベルを囲む (")),
    **_expected("label", ("the name of a label", "ラベル名")),
    **_expected("label-end", ("a comma or )", "コンマまたは )")),
    **_expected("matcher", ("the name of a label or }}", "ラベル名または }}")),
    **_expected("matcher-sign", ("one of = != =~ !~", "= != =~ !~ のいずれか")),
    **_expected("matcher-end", ("a comma or }}", "コンマまたは }}")),
    **_expected("text", ("a value in quotes", "引用符で囲んだ値")),
    **_ended("duration", ("a duration, such as 5m", "5m のような時間の長さ")),
    **_expected("range-end", ("] or : with a step", "] または : とステップ")),
    **_expected("step-end", ("]", "]")),
    **_ended(
        "time", ("Unix seconds, start() or end()", "Unix 秒、start()、end() のいずれか")
    ),
    **_ended("time-call", ("()", "()")),
}
