"""What the command line says."""

TEXTS: dict[str, tuple[str, str]] = {
    "cli.app.help": (
        "Declare objectives once; get an exact error-budget ledger and honest alerts.",
        "目標を一度宣言すれば、正確なエラーバジェット台帳と誠実なアラートが手に入ります。",
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
    "cli.usage.missing": ("{name} is missing.", "{name} がありません。"),
    "cli.usage.value": (
        "{name} does not take {given}.",
        "{name} に {given} は指定できません。",
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
}
