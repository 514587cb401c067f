"""Rows drawn in one piece: the same cells in the same order, everything escaped but what is HTML already."""

from datasette.utils import to_css_class
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape

from pipeline.publish.serving.drawing import answer_rows, table_rows

SHOWN = st.one_of(st.text(max_size=20), st.integers(), st.text(max_size=9).map(Markup))


@given(st.lists(st.lists(SHOWN, min_size=2, max_size=2), max_size=4))
def test_every_cell_is_escaped_and_in_its_place(rows: list[list[object]]) -> None:
    wanted = "".join(
        f'<tr><td class="col-a" data-label="a">{escape(one)}</td>'
        f'<td class="col-{to_css_class("<b>")}" data-label="&lt;b&gt;">{escape(two)}</td></tr>\n'
        for one, two in rows
    )
    assert answer_rows(["a", "<b>"], rows) == Markup(wanted)


def test_a_cell_of_a_table_names_its_column_and_kind() -> None:
    cells = [
        {"column": "id", "value_type": "pk", "value": Markup('<a href="x">x</a>')},
        {"column": "title", "value_type": "str", "value": "<script>"},
    ]
    assert table_rows([cells, []]) == Markup(
        '<tr><td class="col-id type-pk"><a href="x">x</a></td>'
        '<td class="col-title type-str">&lt;script&gt;</td></tr>\n<tr></tr>\n'
    )
