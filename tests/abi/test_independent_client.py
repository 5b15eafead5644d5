"""The C ABI seen by an independent client: cffi reads suite.h, loads suites and plays the host."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import cffi
import pytest


class Client:
    """A host in Python: notes reports by the number of their attempt."""

    def __init__(self, header, **table):
        self.ffi = cffi.FFI()
        entry = "const pyharness_suite* pyharness_suite_entry(const pyharness_host* host);"
        self.ffi.cdef(declarations(header) + entry)
        self._libraries = []
        self.constants = constants(header)
        self.reports = {}
        self._lock = threading.Lock()
        self._own = threading.local()
        ffi = self.ffi
        self._report = ffi.callback("void(pyharness_context*, const pyharness_report*)", self._note)
        self._current = ffi.callback("pyharness_context*(void)", lambda: getattr(self._own, "context", ffi.NULL))
        self._on_case_thread = ffi.callback("int(void)", lambda: int(hasattr(self._own, "context")))
        self.table = ffi.new(
            "pyharness_host*",
            {
                "abi_version": self.constants["PYHARNESS_ABI_VERSION"],
                "size": ffi.sizeof("pyharness_host"),
                "report": self._report,
                "current": self._current,
                "on_case_thread": self._on_case_thread,
                **table,
            },
        )

    def load(self, path):
        library = self.ffi.dlopen(path, self.ffi.RTLD_NOW | self.ffi.RTLD_LOCAL)
        self._libraries.append(library)
        return library.pyharness_suite_entry(self.table)

    def run(self, suite, index):
        """Run a case on the calling thread; returns what `run` returned and the reports of this attempt."""
        handle = self.ffi.new_handle(object())
        context = self.ffi.cast("pyharness_context*", handle)
        with self._lock:
            self.reports[int(self.ffi.cast("uintptr_t", context))] = reports = []
        self._own.context = context
        try:
            return suite.run(context, index), reports
        finally:
            del self._own.context

    def _note(self, context, report):
        ffi = self.ffi
        assert report.size == ffi.sizeof("pyharness_report")
        file = "" if report.file == ffi.NULL else ffi.string(report.file).decode()
        message = ffi.unpack(report.message, report.message_length).decode()
        with self._lock:
            self.reports[int(ffi.cast("uintptr_t", context))].append((report.kind, file, report.line, message))

    def names(self, suite):
        return [self.text(self.case(suite, index).name) for index in range(suite.case_count)]

    def case(self, suite, index):
        """Step by the size that the suite states: it may be older or newer than the header."""
        address = self.ffi.cast("char*", suite.cases) + index * suite.case_size
        return self.ffi.cast("pyharness_case*", address)

    def text(self, pointer):
        return None if pointer == self.ffi.NULL else self.ffi.string(pointer).decode()


def declarations(header):
    """Return what is left of the header without comments and the preprocessor's lines."""
    plain = re.sub(r"/\*.*?\*/", "", header, flags=re.DOTALL)
    plain = re.sub(r"#ifdef __cplusplus.*?#endif", "", plain, flags=re.DOTALL)
    return "".join(line for line in plain.splitlines(keepends=True) if not line.lstrip().startswith("#"))


def constants(header):
    return {name: int(value) for name, value in re.findall(r"#define (PYHARNESS_\w+) (\d+)u", header)}


@pytest.fixture(scope="session")
def header(programs):
    cache = (programs.folder / "CMakeCache.txt").read_text()
    folder = re.search(r"^PYHARNESS_INCLUDE_DIR:PATH=(.*)$", cache, re.MULTILINE)
    assert folder is not None
    return (Path(folder[1]) / "pyharness" / "suite.h").read_text()


@pytest.fixture(scope="session")
def client(header):
    """One for the process: a suite keeps the host table of its first call, and stays loaded."""
    return Client(header)


def test_the_layout_is_the_one_that_is_fixed(client):
    """A member that moves breaks every suite that was built before."""
    ffi = client.ffi

    def layout(name):
        return {member: field.offset for member, field in ffi.typeof(name).fields}

    assert layout("pyharness_report") == {
        "size": 0, "kind": 4, "file": 8, "line": 16, "reserved": 20, "message": 24, "message_length": 32,
    }  # fmt: skip
    assert layout("pyharness_host") == {"abi_version": 0, "size": 4, "report": 8, "current": 16, "on_case_thread": 24}
    assert layout("pyharness_case") == {
        "name": 0, "file": 8, "line": 16, "flags": 20, "timeout_ms": 24, "tags": 32, "isolation": 40,
        "threads_required": 44,
    }  # fmt: skip
    assert layout("pyharness_suite") == {
        "abi_version": 0, "size": 4, "case_size": 8, "flags": 12, "name": 16, "group": 24, "error": 32,
        "case_count": 40, "cases": 48, "run": 56, "isolation": 64, "reserved": 68,
    }  # fmt: skip
    assert client.constants == {
        "PYHARNESS_ABI_VERSION": 1, "PYHARNESS_CASE_SERIAL": 1, "PYHARNESS_CASE_DISABLED": 2, "PYHARNESS_PASS": 0,
        "PYHARNESS_FAIL": 1, "PYHARNESS_SKIP": 2, "PYHARNESS_REPORT_FAILURE": 1, "PYHARNESS_REPORT_SKIP": 2,
        "PYHARNESS_ISOLATION_AUTO": 0, "PYHARNESS_ISOLATION_THREAD": 1, "PYHARNESS_ISOLATION_PROCESS": 2,
        "PYHARNESS_ISOLATION_CASE": 3,
    }  # fmt: skip


@pytest.mark.parametrize("name", ["pyharness_case", "pyharness_suite", "pyharness_host", "pyharness_report"])
def test_no_structure_ends_in_padding(client, name):
    """A later member could fall into it, and a reader would take what happens to stand there for said."""
    _, last = client.ffi.typeof(name).fields[-1]
    assert last.offset + client.ffi.sizeof(last.type) == client.ffi.sizeof(name)


@pytest.mark.parametrize("name", ["mixed", "c_semantics", "cpp_semantics"])
def test_a_suite_says_who_it_is(client, programs, name):
    suite = client.load(programs[name])
    assert suite.abi_version == 1
    assert suite.size == client.ffi.sizeof("pyharness_suite")
    assert suite.case_size == client.ffi.sizeof("pyharness_case")
    assert client.text(suite.error) is None
    assert client.text(suite.name) == name
    names = client.names(suite)
    assert len(names) == len(set(names)) == suite.case_count > 5


def test_a_suite_of_the_first_version_keeps_its_sizes(client, programs):
    suite = client.load(programs["bare"])
    assert (suite.size, suite.case_size) == (64, 40)
    assert client.names(suite)[-1] == "fails and skips"


def cases_of(client, suite):
    return dict(zip(client.names(suite), (client.case(suite, at) for at in range(suite.case_count)), strict=True))


@pytest.mark.parametrize("name", ["c_semantics", "cpp_semantics"])
def test_cases_say_how_far_they_are_kept_apart(client, programs, name):
    suite = client.load(programs[name])
    cases = cases_of(client, suite)
    assert suite.isolation == 0
    assert (cases["apart"].isolation, cases["apart"].threads_required) == (2, 3)
    assert (cases["alone"].isolation, cases["alone"].threads_required) == (3, 0)
    assert (cases["among threads"].isolation, cases["off"].isolation) == (1, 0)


def test_cases_say_what_they_are(client, programs):
    suite = client.load(programs["cpp_semantics"])
    cases = cases_of(client, suite)
    assert client.text(suite.group) == "semantics"
    options = cases["options"]
    assert (options.flags, options.timeout_ms, client.text(options.tags)) == (1, 2500, "one two")
    assert cases["off"].flags == 2
    assert cases["numbers"].timeout_ms == 2**64 - 1
    assert cases["no limit"].timeout_ms == 0
    assert client.text(options.file).endswith("semantics.test.cpp")


def test_a_second_call_of_the_entry_gives_the_same_suite(client, programs):
    assert client.load(programs["mixed"]) == client.load(programs["mixed"])


def test_reports_arrive_with_file_and_line(client, programs):
    suite = client.load(programs["mixed"])
    names = client.names(suite)
    assert client.run(suite, names.index("c++ passes")) == (0, [])
    _, ((kind, file, line, message),) = client.run(suite, names.index("c++ fails"))
    assert (kind, line, message) == (1, 3, "CHECK(1 == 2)\n  with: 1 == 2")
    assert file.endswith("part.test.cpp")
    _, ((kind, _, line, message),) = client.run(suite, names.index("c fails"))
    assert (kind, line) == (1, 3)
    assert message.startswith("CHECK_INT(1, ==, 2)")


def test_exceptions_do_not_cross_the_abi(client, programs):
    suite = client.load(programs["exceptions"])
    for index, name in enumerate(client.names(suite)):
        _, reports = client.run(suite, index)
        assert len(reports) == (name != "goes on"), name


def test_many_threads_run_cases_at_once(client, programs):
    suite = client.load(programs["cpp_semantics"])
    shares_a_counter = {"evaluated once"}
    runnable = [(index, name) for index, name in enumerate(client.names(suite)) if name not in shares_a_counter]
    expected = {index: client.run(suite, index) for index, _ in runnable}
    differences = []

    def work(offset):
        for step in range(3 * len(runnable)):
            index, name = runnable[(offset * 7 + step) % len(runnable)]
            found = client.run(suite, index)
            if found != expected[index]:
                differences.append((name, found))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert differences == []
    assert sum(len(reports) for _, reports in expected.values()) > 20


@pytest.fixture
def fresh_copy(programs, tmp_path):
    """Return a suite that has not been asked yet: the loader knows a library by its file."""
    copy = tmp_path / "libcopy.so"
    copy.write_bytes(Path(programs["mixed"]).read_bytes())
    return str(copy)


def test_a_suite_accepts_a_host_that_offers_more(header, fresh_copy):
    client = Client(header, size=4096)
    suite = client.load(fresh_copy)
    assert client.text(suite.error) is None
    assert client.run(suite, client.names(suite).index("c++ passes")) == (0, [])


@pytest.mark.parametrize("table", [{"abi_version": 2}, {"size": 16}, {"size": 31}, {"abi_version": 0, "size": 0}])
def test_a_suite_refuses_a_host_of_another_version(header, fresh_copy, table):
    client = Client(header, **table)
    suite = client.load(fresh_copy)
    assert "version" in client.text(suite.error)
    assert suite.case_count == 0
