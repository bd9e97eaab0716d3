"""CSV scanned by Polars is cut as Python's csv cuts it, or refused where that refuses it."""

from __future__ import annotations

import csv
import random

import polars as pl
import pytest

from belnota.errors import Refused
from pipelines.csv_scan import scan_texts

FIELDS = ["", "1", "ab", " x ", "é", '"a"', '""', '"a,b"', '"x""y"', '"n\nl"']
NOISE = ['"', "\r", "\n", ",", "\x00", "\ufeff", "\u2028"]


def by_python(file):
    """Return the rows with their lines as Python's csv reads them, or None when it or the header refuses them."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            header = [name.strip() for name in next(reader, [])]
            rows = [(reader.line_num, *row) for row in reader if row]
    except (csv.Error, UnicodeDecodeError):
        return None
    sizes = {len(row) - 1 for row in rows}
    return None if not header or len(set(header)) < len(header) or sizes - {len(header)} else rows


def made_up(rnd):
    """Return the bytes of a file of a few lines, of which some are odd and some are wrong."""
    width, eol = rnd.randint(2, 4), rnd.choice(["\n", "\n", "\r\n", "\r"])
    fields = FIELDS if rnd.random() < 0.5 else FIELDS[:7]
    lines = [",".join(f"c{place}" for place in range(width))]
    for _ in range(rnd.randint(0, 8)):
        size = width if rnd.random() < 0.98 else rnd.randint(1, 5)
        lines.append(",".join(rnd.choice(fields) for _ in range(size)))
    text = eol.join(lines) + eol * rnd.choice([0, 1, 1, 2])
    if rnd.random() < 0.2:
        place = rnd.randrange(len(text))
        text = text[:place] + rnd.choice(NOISE) + text[place:]
    return text.encode("utf-8-sig" if rnd.random() < 0.2 else "utf-8") + b"\xff" * (rnd.random() < 0.02)


@pytest.mark.parametrize("seed", range(4))
def test_files_of_any_shape_are_cut_as_pythons_csv_cuts_them(tmp_path, seed):
    rnd = random.Random(seed)
    file = tmp_path / "f.csv"
    seen = {"cut": 0, "refused": 0}
    for _ in range(150):
        file.write_bytes(made_up(rnd))
        expected = by_python(file)
        if expected is None:
            with pytest.raises(Refused):
                scan_texts(file, [])
        else:
            assert scan_texts(file, []).collect(engine="streaming").rows() == expected, file.read_bytes()
        seen["refused" if expected is None else "cut"] += 1
    assert min(seen.values()) > 5


@pytest.mark.parametrize("odd", ["", '"1""2",x,y\n', "\n"])
def test_only_the_rows_and_columns_that_are_asked_for_come_back_in_order(tmp_path, odd):
    file = tmp_path / "f.csv"
    lines = 20_000
    file.write_text("a,line,c\n" + odd + "".join(f"{n},x,{n % 7}\n" for n in range(lines)))

    table = scan_texts(file, ["a", "c"]).filter(pl.col("c") == "6").select("line", "a").head(1_500)

    first = 3 if odd else 2
    assert table.collect(engine="streaming").rows() == [(first + n, str(n)) for n in range(6, 7 * 1_500, 7)]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("a,b\n1,2\n\n3\n", "line 4: 1 fields, the header has 2"),
        ('a,b\n1,2\n"x\ny",2,3\n', "line 4: 3 fields, the header has 2"),
        ("a,b\n" + "1,2\n" * 30_000 + "1,2,\n" + "1,2\n" * 30_000, "line 30002: 3 fields, the header has 2"),
        ('a,b\n1,"2\n', "cannot be read: unexpected end of data"),
        ("a,a\n1,2\n", "line 1: a column is there twice: a, a"),
        ("b,c\n1,2\n", "no column a; the columns there are b, c"),
        ("\na,b\n", "line 1: the file is empty; write a header line with a"),
        ("", "line 1: the file is empty; write a header line with a"),
    ],
)
def test_a_line_that_is_wrong_is_told_by_its_number(tmp_path, content, told):
    file = tmp_path / "f.csv"
    file.write_text(content)

    with pytest.raises(Refused) as refused:
        scan_texts(file, ["a"])
    assert str(refused.value).startswith(str(file))
    assert told in str(refused.value)
