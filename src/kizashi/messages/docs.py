"""What stands around the pages of the handbook."""

TEXTS: dict[str, tuple[str, str]] = {
    "docs.title": ("Handbook", "手引き"),
    "docs.code": ("Code", "コード"),
    "docs.table": ("Table", "表"),
    "docs.anchor": ("Link to “{heading}”", "「{heading}」へのリンク"),
    "docs.contents": ("Contents", "目次"),
    "docs.on_this_page": ("On this page", "このページの内容"),
    "docs.turn": ("Previous and next page", "前後のページ"),
    "docs.previous": ("Previous", "前のページ"),
    "docs.next": ("Next", "次のページ"),
    "docs.search": ("Search the handbook", "手引きを検索"),
    "docs.search.submit": ("Search", "検索"),
    "docs.search.none": (
        "Nothing in the handbook fits “{query}”. Try fewer or other words.",
        "「{query}」に当てはまる箇所は手引きにありません。言葉を減らすか変えてみてください。",
    ),
    "docs.search.count": ("Sections found: {count}.", "見つかった箇所: {count} 件"),
    "docs.search.empty": (
        "Type a word: the name of a command, of a field, of a metric, or of an idea.",
        "コマンド、項目、メトリクス、用語などの言葉を入れてください。",
    ),
    "docs.english_only": (
        "This page is for those who change Kizashi.",
        "このページは Kizashi を開発する人のためのもので、英語だけです。",
    ),
}
