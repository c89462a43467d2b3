"""Tables that read well in a terminal and in a notebook."""

from __future__ import annotations

import html
from typing import Any, Sequence


class Table:
    """Rows under headings, with a line above. Numbers stand to the right."""

    def _title(self) -> str:
        raise NotImplementedError

    def _headings(self) -> Sequence[str]:
        raise NotImplementedError

    def _rows(self) -> Sequence[Sequence[Any]]:
        raise NotImplementedError

    def __str__(self) -> str:
        rows = [[str(cell) for cell in row] for row in self._rows()]
        numbers = [bool(rows) and all(_is_number(row[i]) for row in rows) for i in range(len(self._headings()))]
        widths = [max(map(len, column)) for column in zip(self._headings(), *rows)]

        def line(cells: Sequence[str]) -> str:
            return "  ".join(cell.rjust(width) if number else cell.ljust(width)
                             for cell, width, number in zip(cells, widths, numbers)).rstrip()

        return "\n".join([self._title(), line(self._headings()), *map(line, rows)])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        def cells(tag: str, row: Sequence[Any]) -> str:
            return "<tr>" + "".join(
                f"<{tag} style='text-align:{'right' if _is_number(str(cell)) else 'left'}'>{html.escape(str(cell))}</{tag}>"
                for cell in row) + "</tr>"

        return (f"<p>{html.escape(self._title())}</p><table><thead>{cells('th', self._headings())}</thead><tbody>"
                + "".join(cells("td", row) for row in self._rows()) + "</tbody></table>")


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", "").rstrip("%"))
    except ValueError:
        return False
    return True
