"""What git prints, as values."""

from __future__ import annotations

from pyharness.coverage.contexts.affected import Hunk
from pyharness.coverage.contexts.hunks import Changed, read_changed, read_hunks

DIFFERENCE = """\
diff --git a/before b/now
index 1..2 100644
--- a/before
+++ b/now
@@ -3 +3 @@ int f() {
-@@ -9 +9 @@
+@@ -8 +8 @@
@@ -10,4 +9,0 @@
-x
@@ -0,0 +1,2 @@
+y
@@ -20,2 +25,0 @@ @@ -7 +7 @@
\\ No newline at end of file
"""


def test_hunks_are_read_and_lines_are_not():
    assert read_hunks(DIFFERENCE) == (Hunk(3, 1), Hunk(10, 4), Hunk(0, 0), Hunk(20, 2))


def test_no_difference_has_no_hunks():
    assert read_hunks("") == ()


def test_changed_files_are_read():
    raw = (
        ":100644 100644 aa 00 M\0a b\n.c\0:100644 000000 bb 00 D\0gone.c\0:000000 100644 00 cc A\0new.c\0"
        ":100644 100644 dd ee R087\0old.c\0now.c\0:100644 100644 ff 99 C100\0from.c\0to.c\0"
        ":100644 120000 ab 00 T\0link\0"
    )
    assert read_changed(raw) == {
        "a b\n.c": Changed("aa", "a b\n.c"),
        "gone.c": Changed("bb", ""),
        "new.c": Changed("", "new.c"),
        "old.c": Changed("dd", "now.c"),
        "now.c": Changed("dd", "now.c"),
        "to.c": Changed("ff", "to.c"),
        "link": Changed("ab", "link"),
    }


def test_nothing_has_changed():
    assert read_changed("") == {}
