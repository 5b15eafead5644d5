from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

import lxml.html
import pytest

from pyharness.coverage import html_report
from pyharness.coverage.html_page import rows, split_lines, uncovered_starts
from pyharness.coverage.html_report import MARKER, About, page_name, write
from pyharness.coverage.model import Branch, Coverage, FileCoverage, Function, Segment
from pyharness.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.coverage.clang_program import Measured

HOSTILE_NAME = "<script>document.title='owned'<\"'&>.cpp"
HOSTILE_SOURCE = (
    b"</code></pre></td><script>document.title='owned'</script>\n"
    b"int f() { <img src=x onerror=\"document.title='owned'\"> \xff\x1b[2J\t\xe2\x80\xae\r\n}\n"
)
CODE = (
    Segment(2, 9, 0, has_count=True, is_region_entry=True),
    Segment(3, 2, 0, has_count=False, is_region_entry=False),
)


def about(root: Path | str) -> About:
    return About(root=str(root), version="0.1.0", when="2025-01-02T03:04:05Z")


def browse(page: Path, profile: Path) -> lxml.html.HtmlElement:
    """Return what a real browser has made of a page, scripts included."""
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}", "--dump-dom"]
    shown = subprocess.run([*command, page.as_uri()], capture_output=True, check=True, timeout=120)
    return lxml.html.document_fromstring(shown.stdout.decode())


def text_of(page: Path) -> str:
    return str(lxml.html.document_fromstring(page.read_text(encoding="utf-8")).xpath("string()"))


@pytest.fixture
def report(measured: Measured, tmp_path: Path) -> Path:
    """Write a report of a real program, of a file that is out to harm, and of one that is gone."""
    hostile = tmp_path / "src" / HOSTILE_NAME
    hostile.parent.mkdir()
    hostile.write_bytes(HOSTILE_SOURCE)
    never = Function("<script>document.title='owned'</script>", 2, 0)
    files = (
        *measured.coverage.files,
        FileCoverage(path=str(hostile), segments=CODE, functions=(never,)),
        FileCoverage(path=str(tmp_path / "src" / "gone.c"), segments=CODE),
    )
    write(Coverage(files=files), str(tmp_path / "report"), about(tmp_path / "src"))
    return tmp_path / "report"


def test_nothing_of_a_source_is_executed(report: Path, tmp_path: Path) -> None:
    hostile = report / page_name(str(tmp_path / "src" / HOSTILE_NAME))
    for page, scripts in ((hostile, 0), (report / "index.html", 1)):
        shown = browse(page, tmp_path / "profile")
        assert shown.findtext(".//title") != "owned"
        assert len(shown.findall(".//script")) == scripts
        assert not shown.findall(".//img")
        assert HOSTILE_NAME in shown.text_content()
    code = [each.text_content() for each in browse(hostile, tmp_path / "profile").iterfind(".//code")]
    assert code[-3:] == [
        "</code></pre></td><script>document.title='owned'</script>",
        "int f() { <img src=x onerror=\"document.title='owned'\"> \\xff\\x1b[2J\t\\u202e",
        "}",
    ]


def test_the_policy_stops_what_would_be_smuggled_in(report: Path, tmp_path: Path) -> None:
    index = report / "index.html"
    smuggled = "<script>document.title = 'owned'</script></body>"
    written = index.read_text(encoding="utf-8").replace("</body>", smuggled)
    index.write_text(written, encoding="utf-8")
    assert browse(index, tmp_path / "profile").findtext(".//title") != "owned"
    without_policy = written.replace("Content-Security-Policy", "X-Nothing")
    index.write_text(without_policy, encoding="utf-8")
    assert browse(index, tmp_path / "profile").findtext(".//title") == "owned"


def test_columns_are_sorted_when_their_heads_are_pressed(tmp_path: Path) -> None:
    covered = (CODE[0]._replace(hits=1), CODE[1])
    paths = {"/p/a/x.c": CODE, "/p/a/y.c": covered, "/p/b/z.c": covered}
    files = tuple(FileCoverage(path=path, segments=segments) for path, segments in paths.items())
    write(Coverage(files=files), str(tmp_path / "report"), about("/p"))
    index = tmp_path / "report" / "index.html"
    press = "<script>document.querySelectorAll('thead button')[1].click();{again}</script></body>"
    original = index.read_text(encoding="utf-8").replace("Content-Security-Policy", "X-Nothing")

    def names(again: str) -> list[str]:
        index.write_text(original.replace("</body>", press.replace("{again}", again)), encoding="utf-8")
        shown = browse(index, tmp_path / "profile")
        return [each.text_content() for each in shown.iterfind(".//tbody/tr/th")]

    assert names("") == ["a", "x.c", "y.c", "b", "z.c"]
    assert names("document.querySelectorAll('thead button')[1].click()") == ["b", "z.c", "a", "y.c", "x.c"]


def test_each_link_leads_somewhere_and_nothing_is_fetched(report: Path) -> None:
    for page in report.glob("*.html"):
        document = lxml.html.parse(str(page)).getroot()
        places = {f"#{each.get('id')}" for each in document.iterfind(".//*[@id]")}
        for _, attribute, link, _ in document.iterlinks():
            assert attribute == "href"
            assert link in places or (report / link).is_file()
        assert "://" not in re.sub("<code>.*?</code>", "", page.read_text(encoding="utf-8"))


def test_a_page_shows_what_was_missed(report: Path, measured: Measured) -> None:
    page = lxml.html.parse(str(report / page_name(str(measured.source)))).getroot()
    source = measured.source.read_text().splitlines()

    def row(line: str) -> lxml.html.HtmlElement:
        return page.get_element_by_id(f"L{source.index(line) + 1}")

    assert row("  return x + 1;").get("class") == "missed"
    assert row("/* not code */").get("class") == ""
    assert row("  int n = 0;").get("class") == "hit"
    partly = row("  return x > 1000000 ? never(x) : n;")
    assert partly.get("class") == "partly-run"
    assert [mark.text for mark in partly.iterfind(".//mark")] == ["never(x)"]
    (ways,) = partly.iterfind(".//span")
    assert (ways.text, ways.get("title")) == ("1/2", "column 10: taken 0, not taken 1")


def test_links_go_from_what_is_uncovered_to_the_next(report: Path, measured: Measured) -> None:
    page = lxml.html.parse(str(report / page_name(str(measured.source)))).getroot()
    seen = []
    (link,) = page.iterfind(".//p[@class='jump']/a")
    while link.get("href") not in seen:
        seen.append(link.get("href"))
        (link,) = page.get_element_by_id(seen[-1][1:]).iterfind(".//a[@class='next']")
    source = measured.source.read_text().splitlines()
    starts = [source[int(anchor[2:]) - 1].strip() for anchor in seen]
    assert starts == ["static int never(int x) {", "n -= 1;", "std::abort();"]


def test_a_page_says_what_is_wrong_with_its_source(report: Path, tmp_path: Path) -> None:
    assert "not UTF-8" in text_of(report / page_name(str(tmp_path / "src" / HOSTILE_NAME)))
    gone = text_of(report / page_name(str(tmp_path / "src" / "gone.c")))
    assert "the source cannot be read: No such file or directory" in gone


@pytest.mark.parametrize(
    ("text", "built_at_s", "changed"), [("\n\n\n", 200.0, False), ("\n", 200.0, True), ("\n" * 9, 50.0, True)]
)
def test_a_page_says_that_its_source_has_changed(tmp_path: Path, text: str, built_at_s: float, changed: bool) -> None:
    source = tmp_path / "a.c"
    source.write_text(text)
    os.utime(source, (100, 100))
    files = (FileCoverage(path=str(source), segments=CODE),)
    write(Coverage(files=files), str(tmp_path / "report"), about(tmp_path)._replace(built_at_s=built_at_s))
    shown = text_of(tmp_path / "report" / page_name(str(source)))
    assert ("the source has changed since it was measured" in shown) == changed


def test_what_is_no_file_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.c")
    files = tuple(FileCoverage(path=path, segments=CODE) for path in (str(tmp_path / "a.c"), "/p/\0", str(tmp_path)))
    write(Coverage(files=files), str(tmp_path / "report"), about(tmp_path))
    shown = [text_of(tmp_path / "report" / page_name(file.path)) for file in files]
    assert ["is not shown: it is no regular file" in page for page in shown] == [True, False, True]
    assert "cannot be read: embedded null byte" in shown[1]


def test_names_of_pages_stay_in_the_folder_and_differ() -> None:
    paths = ["/p/a.c", "/p/A.c", "/q/a.c", "/p/../../index.html", "/p/" + "x" * 250, "/p/\udcff", "/p/\n", "..", "/p/-"]
    names = {page_name(path).lower() for path in paths}
    assert len(names) == len(paths)
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,70}\.html", name) for name in names)


def test_a_report_replaces_an_earlier_one_and_nothing_is_left_of_it(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "report"
    for path in ("/p/a.c", "/p/b.c"):
        write(Coverage(files=(FileCoverage(path=path, segments=CODE),)), str(folder), about("/p"))
    assert {each.name for each in folder.iterdir()} == {MARKER, "index.html", page_name("/p/b.c")}
    assert [each.name for each in folder.parent.iterdir()] == ["report"]


def test_an_empty_folder_and_a_link_to_one_may_be_filled(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    write(Coverage(files=()), str(tmp_path / "link"), about("/p"))
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "index.html").is_file()
    assert "no file was measured" in text_of(tmp_path / "real" / "index.html")


def test_what_is_not_ours_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "thesis.tex").write_text("all of it")
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="the folder holds something else than a report; name another one"):
        write(Coverage(files=()), str(tmp_path / "work"), about("/p"))
    with pytest.raises(UsageError, match="it is a file; name a folder"):
        write(Coverage(files=()), str(tmp_path / "file"), about("/p"))
    assert (tmp_path / "work" / "thesis.tex").read_text() == "all of it"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "work"]


def test_an_earlier_report_stays_if_the_new_one_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(Coverage(files=()), str(tmp_path / "report"), about("/p"))
    before = (tmp_path / "report" / "index.html").read_bytes()
    monkeypatch.setattr(html_report, "page_name", lambda _: "no/such/folder.html")
    with pytest.raises(OSError, match="No such file"):
        write(Coverage(files=(FileCoverage(path="/p/a.c", segments=CODE),)), str(tmp_path / "report"), about("/p"))
    assert (tmp_path / "report" / "index.html").read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["report"]


def test_a_report_in_the_folder_of_pyharness_is_ignored_by_git(tmp_path: Path) -> None:
    write(Coverage(files=()), str(tmp_path / ".pyharness" / "html"), about("/p"))
    assert (tmp_path / ".pyharness" / ".gitignore").read_text() == "*\n"


def test_without_regions_no_page_shows_them(tmp_path: Path) -> None:
    files = (FileCoverage(path="/p/a.c", segments=CODE),)
    write(Coverage(files=files, has_regions=False), str(tmp_path / "report"), about("/p"))
    for page in (tmp_path / "report").glob("*.html"):
        assert "regions" not in text_of(page)


def test_pieces_are_cut_by_bytes() -> None:
    segments = (
        Segment(1, 1, 3, has_count=True, is_region_entry=True),
        Segment(1, 6, 0, has_count=True, is_region_entry=True),
        Segment(1, 11, 3, has_count=True, is_region_entry=False),
        Segment(2, 1, 0, has_count=False, is_region_entry=False),
    )
    file = FileCoverage(path="/a", segments=segments, branches=(Branch(1, 2, 1, 3, 1, None),))
    (row, *_) = rows(file, "é = é? x():y;\n".encode())
    assert [(piece.text, piece.missed) for piece in row.pieces] == [("é = ", False), ("é? x", True), ("():y;", False)]
    assert (row.state, row.ways, row.ways_text) == ("partly-run", "1/1", "column 2: taken 1")


def test_lines_are_split_as_compilers_do() -> None:
    assert split_lines(b"a\r\nb\x0cc\n\nd") == [b"a", b"b\x0cc", b"", b"d"]
    assert split_lines(b"") == []
    assert uncovered_starts({1: 0, 2: 0, 5: 0, 6: 1, 9: 0}) == [1, 9]
