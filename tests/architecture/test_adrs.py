from pathlib import Path

ADR = Path(__file__).resolve().parents[2] / "docs" / "adr"


def test_every_decision_is_in_the_index():
    index = (ADR / "README.md").read_text()
    pages = sorted(page.name for page in ADR.glob("0*.md"))
    assert [page for page in pages if page not in index] == []
    assert [page[:4] for page in pages] == [f"{n:04d}" for n in range(1, len(pages) + 1)]
