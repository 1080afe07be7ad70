"""What stands around the pages of the handbook."""

TEXTS: dict[str, tuple[str, str]] = {
    "docs.code": ("Code", "コード"),
    "docs.table": ("Table", "表"),
    "docs.anchor": ("Link to “{heading}”", "「{heading}」へのリンク"),
}
