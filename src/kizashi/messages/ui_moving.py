"""What the pages Import and Lint say."""

TEXTS: dict[str, tuple[str, str]] = {
    "ui.error.no_text": (
        "The file is no text in UTF-8. Save it as UTF-8 and send it again.",
        "UTF-8 のテキストではありません。UTF-8 で保存し、もう一度送信してください。",
    ),
    "ui.import.title": ("Import", "引き継ぎ"),
    "ui.import.why": (
        "What another tool declares, read as Kizashi would declare it; whatever cannot be carried is listed with its line.",
        "ほかのツールの宣言を、Kizashi の宣言として読み替えます。引き継げないものは行番号とともに一覧にします。",
    ),
    "ui.import.guide": ("Coming from another tool", "ほかのツールからの移行"),
    "ui.import.bring": ("What to read", "読み込むもの"),
    "ui.import.bring_why": (
        "Paste it or choose a file, up to {size}. Nothing of it is stored, and nothing of what runs here changes.",
        "貼り付けるか、ファイルを選んでください ({size} まで)。内容は保存されず、動作中の設定も変わりません。",
    ),
    "ui.import.text": ("Text", "テキスト"),
    "ui.import.file": ("Or a file", "またはファイル"),
    "ui.import.dialect": ("Written for", "対象のツール"),
    "ui.import.detect": ("Tell from the text", "内容から判断"),
    "ui.import.job": ("Job", "ジョブ"),
    "ui.import.read": ("Read it", "読み込む"),
    "ui.import.needs_role": (
        "Sending something needs the role editor.",
        "送信するにはロール editor が必要です。",
    ),
    "ui.import.account": ("What became of it", "引き継ぎの結果"),
    "ui.import.recognised": (
        "Read as {dialect}: {what}.",
        "{dialect} として読みました: {what}。",
    ),
    "ui.import.carried": ("Objectives carried: {count}", "引き継いだ目標: {count}"),
    "ui.import.name": ("There", "元の名前"),
    "ui.import.place": ("Line", "行"),
    "ui.import.nothing": (
        "No objective could be carried.",
        "引き継げる目標がありません。",
    ),
    "ui.import.left": (
        "Left behind, or with another meaning here: {count}",
        "引き継げないもの、意味の変わるもの: {count}",
    ),
    "ui.import.all": (
        "Everything was carried.",
        "すべて引き継ぎました。",
    ),
    "ui.import.as_yaml": ("Download as YAML", "YAML でダウンロード"),
    "ui.import.as_zip": (
        "Download as zip, with the account",
        "結果一覧付きの zip でダウンロード",
    ),
    "ui.lint.title": ("Lint", "リント"),
    "ui.lint.why": (
        "Rules and objectives that will go wrong in production though their syntax is right.",
        "構文は正しくても、本番で期待どおりに働かないルールと目標です。",
    ),
    "ui.lint.rules": ("What is looked for", "調べる内容"),
    "ui.lint.found": (
        "Findings: {findings}. Expressions: {expressions}. Files: {files}.",
        "指摘: {findings}。式: {expressions}。ファイル: {files}。",
    ),
    "ui.lint.nothing": ("Nothing was found.", "指摘はありません。"),
    "ui.lint.left_out": (
        "More findings, not listed: {count}.",
        "このほかに {count} 件の指摘があります。",
    ),
    "ui.lint.brought": (
        "These are the findings of {name}.",
        "{name} の指摘です。",
    ),
    "ui.lint.back": ("Back to what is configured", "設定中のファイルに戻る"),
    "ui.lint.will": ("What will happen", "起きること"),
    "ui.lint.seen": ("What was seen", "確認できたこと"),
    "ui.lint.fix": ("What to do", "対処"),
    "ui.lint.reason": ("Kept back because", "抑制の理由"),
    "ui.lint.correction": ("Write instead", "正しい式"),
    "ui.lint.kept_back": (
        "Kept back by a comment",
        "コメントで抑制した指摘",
    ),
    "ui.lint.bring": ("Look at other rules", "ほかのルールを調べる"),
    "ui.lint.bring_why": (
        "Rule files, PrometheusRule objects, dashboards of Grafana or declarations. Nothing of it is stored.",
        "ルールファイル、PrometheusRule、Grafana のダッシュボード、宣言を調べられます。内容は保存されません。",
    ),
    "ui.lint.look": ("Look at it", "調べる"),
    "ui.lint.of_objective": ("What the lint finds", "リントの指摘"),
}
