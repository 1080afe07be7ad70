"""What the command line says."""

TEXTS: dict[str, tuple[str, str]] = {
    "cli.app.help": (
        "Declare objectives once; get an exact error-budget ledger and honest alerts.",
        "目標を一度宣言すれば、正確なエラーバジェット台帳と、信頼できるアラートが得られます。",
    ),
    "cli.app.usage": ("kizashi COMMAND …", "kizashi コマンド …"),
    "cli.usage": ("Usage: {how}", "使い方: {how}"),
    "cli.usage.option": (
        "There is no option {given}.",
        "{given} というオプションはありません。",
    ),
    "cli.usage.command": (
        "There is no command {given}.",
        "{given} というコマンドはありません。",
    ),
    "cli.usage.option-near": (
        "There is no option {given}. Did you mean {near}?",
        "{given} というオプションはありません。{near} の間違いではありませんか。",
    ),
    "cli.usage.command-near": (
        "There is no command {given}. Did you mean {near}?",
        "{given} というコマンドはありません。{near} の間違いではありませんか。",
    ),
    "cli.usage.missing": ("{name} is missing.", "{name} がありません。"),
    "cli.usage.value": (
        "{name} does not take {given}.",
        "{name} に {given} は指定できません。",
    ),
    "cli.usage.unused": (
        "{given} is one argument too many.",
        "引数 {given} が余分です。",
    ),
    "cli.usage.twice": (
        "{name} is given more than once.",
        "{name} が 2 回以上指定されています。",
    ),
    "cli.usage.other": (
        "The arguments make no sense: {why}",
        "引数を解釈できません: {why}",
    ),
    "cli.usage.hint": (
        "Add --help to see what there is.",
        "--help を付けると使い方を表示します。",
    ),
    "cli.group.arguments": ("Arguments", "引数"),
    "cli.group.options": ("Options", "オプション"),
    "cli.group.commands": ("Commands", "コマンド"),
    "cli.help.help": ("Show this help and end.", "このヘルプを表示して終了します。"),
    "cli.version.help": (
        "Show the version and end.",
        "バージョンを表示して終了します。",
    ),
    "cli.language.help": (
        "Every command takes --language en|ja; without it the terminal's locale decides.",
        "どのコマンドも --language en|ja を受け付けます。指定がなければ端末のロケールに従います。",
    ),
    "cli.language.unknown": (
        "--language takes en or ja, not {given!r}.",
        "--language には en か ja を指定してください ({given!r} は使えません)。",
    ),
    "cli.check.help": (
        "Report every problem in declarations and configuration: where, what, and what to do. Ends with 0 if there are none (warnings aside), 1 if there are, 2 if the arguments make no sense.",
        "宣言と設定の問題をすべて、場所・内容・直し方とともに報告します。終了コードは、問題なし (警告のみを含む) が 0、問題ありが 1、引数の誤りが 2 です。",
    ),
    "cli.check.usage": (
        "kizashi check PATH… [--config FILE] [--format text|json|github|sarif] [--lint [--targets URL…|--upstream URL]]",
        "kizashi check パス… [--config ファイル] [--format text|json|github|sarif] [--lint [--targets URL…|--upstream URL]]",
    ),
    "cli.check.paths": (
        "Files, or folders that are searched for *.yaml and *.yml. A file called kizashi.yaml is a configuration, every other one declares services.",
        "ファイル、または *.yaml と *.yml を探すフォルダー。kizashi.yaml という名前のファイルは設定、それ以外はサービスの宣言として扱います。",
    ),
    "cli.check.config": (
        "The configuration whose slices and scrape intervals declarations are checked against; the declarations that it names are checked too.",
        "宣言を照らし合わせるスライスとスクレイプ間隔を持つ設定ファイル。その中で指定された宣言も調べます。",
    ),
    "cli.check.format": (
        "text for people (the default), json for programs, github for annotations in GitHub Actions, sarif (with --lint) for code scanning.",
        "text は人向け (既定)、json はプログラム向け、github は GitHub Actions の注釈、sarif (--lint のとき) はコードスキャン向けです。",
    ),
    "cli.check.without-lint": (
        "These options go with --lint: --format sarif, --scrape-interval, --retention, --baseline, --write-baseline.",
        "次のオプションは --lint とともに指定してください: --format sarif、--scrape-interval、--retention、--baseline、--write-baseline。",
    ),
    "cli.check.no-baseline": (
        "Which file? Name it with --baseline.",
        "書き込むファイルを --baseline で指定してください。",
    ),
    "cli.check.bad-baseline": (
        "{file} is no baseline: {why}. Write one with --write-baseline.",
        "{file} はベースラインとして使えません: {why}。--write-baseline で書いてください。",
    ),
    "cli.check.bad-duration": (
        "{given} is no duration; expected one such as 15s, 5m or 30d.",
        "{given} は時間の長さとして読めません。15s、5m、30d のように書いてください。",
    ),
    "cli.check.no-path": (
        "Nothing to check: name files or folders, or a configuration with --config.",
        "調べる対象がありません。ファイルかフォルダー、または --config で設定を指定してください。",
    ),
    "cli.check.missing": (
        "There is no such file or folder: {names}.",
        "ファイルまたはフォルダーがありません: {names}",
    ),
    "cli.check.error": ("error", "エラー"),
    "cli.check.warning": ("warning", "警告"),
    "cli.check.note": ("note", "注記"),
    "cli.check.strict": (
        "take what OpenSLO documents are forgiven for as errors",
        "OpenSLO の文書で大目に見ている点も、エラーとして扱う",
    ),
    "cli.check.sum-notes": (
        "Files read: {files}. Errors: {errors}. Warnings: {warnings}. Notes: {notes}.",
        "読んだファイル: {files}、エラー: {errors}、警告: {warnings}、注記: {notes}",
    ),
    "cli.check.fix": ("fix: {fix}", "対処: {fix}"),
    "cli.check.sum": (
        "Files read: {files}. Errors: {errors}. Warnings: {warnings}.",
        "読んだファイル: {files}、エラー: {errors}、警告: {warnings}",
    ),
}
