"""The one table of pages. What is not here does not exist."""

from kizashi.api._base import Access
from kizashi.ui import overview, sign_in
from kizashi.ui._base import Form, Page, Row

PAGES: tuple[Row, ...] = (
    Page("/", "ui.overview.title", "overview.html", overview.show, key="o", in_menu=True),
    Page("/sign-in", "ui.sign_in.title", "sign_in.html", sign_in.show, Access.PUBLIC),
    Form("/sign-in", sign_in.sign_in, Access.PUBLIC, ("token", "next")),
    Form("/sign-out", sign_in.sign_out, Access.PUBLIC),
)  # fmt: skip

#: What a page says once after a form was done: ``?told=word``, and its message.
TOLD: dict[str, str] = {}
