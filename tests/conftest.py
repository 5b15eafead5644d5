"""What all tests share: golden files and the command that accepts them, built programs, the real command line."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import select
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

# A busy machine makes any example slow now and then; what hangs is found by those who run the tests.
hypothesis.settings.register_profile("any speed", deadline=None)
hypothesis.settings.load_profile("any speed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--accept", action="store_true", help="take what the tests produce as the new golden files")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a whole output with the file of that name in `golden/` beside the test."""

    def compare(name: str, produced: str) -> None:
        path = Path(request.path).parent / "golden" / name
        if request.config.getoption("--accept"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(produced, encoding="utf-8")
        expected = path.read_text(encoding="utf-8") if path.exists() else ""
        assert produced == expected, f"golden/{name} differs; pytest --accept takes the new output"

    return compare


# ---- the programs under tests/programs, and the real command line

REPOSITORY = Path(__file__).resolve().parent.parent
SCRIPTS = Path(sys.executable).parent
MARK = "PYHARNESS_TEST_MARK"
"""Set to a value of its own for each run, and so inherited by all that the run starts, grandchildren included."""


class Programs:
    """The built suites, by name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __getitem__(self, name: str) -> str:
        path = self.folder / f"lib{name}.so"
        assert path.exists(), f"{path} was not built"
        return str(path)

    def case(self, suite: str, case: str) -> str:
        return f"{self[suite]}::{case}"


class Finished:
    """What one run of the command line came to."""

    def __init__(self, code: int, stdout: bytes, stderr: bytes, seconds: float) -> None:
        self.code = code
        self.stdout = stdout.decode(errors="backslashreplace")
        self.stderr = stderr.decode(errors="backslashreplace")
        self.seconds = seconds
        self.events: list[dict[str, Any]] = []
        self.left_behind: list[str] = []

    def of_type(self, name: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] == name]

    def one(self, name: str) -> dict[str, Any]:
        (event,) = self.of_type(name)
        return event

    def attempts(self) -> dict[str, dict[str, Any]]:
        """Return `AttemptFinished` by case name; every case has been run at most once."""
        finished = self.of_type("AttemptFinished")
        by_name = {event["case"]: event for event in finished}
        assert len(by_name) == len(finished), "a case was run twice"
        return by_name

    def attempt(self, name: str) -> dict[str, Any]:
        return self.attempts()[name]

    def verdicts(self) -> dict[str, str]:
        return {event["id"].partition("::")[2]: event["verdict"] for event in self.of_type("CaseFinished")}

    def messages(self, name: str) -> list[str]:
        return [failure["message"] for failure in self.attempt(name)["failures"]]

    def captured(self, name: str) -> bytes:
        event = self.attempt(name)
        encoded = event.get("output_base64")
        return event["output"].encode() if encoded is None else base64.b64decode(encoded)

    @property
    def last_line(self) -> str:
        return (self.stdout.splitlines() or [""])[-1]

    def __repr__(self) -> str:
        return f"exit code {self.code} after {self.seconds:.2f} s\n{self.stdout[-4000:]}\n{self.stderr[-4000:]}"


class Started:
    """A run of the command line that goes on."""

    def __init__(self, command: Sequence[str], events: Path | None, environment: Mapping[str, str], cwd: Path) -> None:
        self._events = events
        self._mark = f"{MARK}={environment[MARK]}".encode()
        self.started_file = Path(environment["STARTED_FILE"])
        self._began = time.monotonic()
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(environment),
            cwd=cwd,
            start_new_session=True,
        )

    def until(self, holds: Callable[[], object], limit_s: float = 20) -> None:
        """Wait until something holds while the run goes on."""
        deadline = time.monotonic() + limit_s
        while not holds():
            assert time.monotonic() < deadline, f"did not come to pass; the events: {self.events_so_far()}"
            assert self.process.poll() is None, f"the run has ended: {self.process.communicate()}"
            select.select([], [], [], 0.005)

    def until_running(self, cases: int) -> None:
        """Wait until so many cases of the suite `sleepers` have begun."""
        self.until(lambda: self.started_file.exists() and self.started_file.stat().st_size >= cases)

    def events_so_far(self) -> list[dict[str, Any]]:
        return [] if self._events is None else read_events(self._events)

    def send(self, number: signal.Signals) -> None:
        self._began = time.monotonic()
        self.process.send_signal(number)

    def finish(self, limit_s: float = 60) -> Finished:
        """Wait for the end; seconds count from the last signal."""
        try:
            stdout, stderr = self.process.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            self.kill()
            stdout, stderr = self.process.communicate()
            pytest.fail(f"the run did not end within {limit_s} s:\n{stdout[-3000:]!r}\n{stderr[-3000:]!r}")
        result = Finished(self.process.returncode, stdout, stderr, time.monotonic() - self._began)
        result.left_behind = [name for name, _ in self.descendants()]
        if self._events is not None and self._events.exists():
            result.events = read_events(self._events)
        return result

    def descendants(self) -> list[tuple[str, int]]:
        """Return the processes that carry the mark of this run: (command line, process id)."""
        found = []
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            with contextlib.suppress(OSError):
                if self._mark in (folder / "environ").read_bytes().split(b"\0"):
                    name = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                    found.append((name, int(folder.name)))
        return found

    def kill(self) -> None:
        for _, number in self.descendants():
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)


class CommandLine:
    """`pyharness` as it is installed beside this Python."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0
        self._started: list[Started] = []

    def start(
        self,
        *arguments: str | Path,
        env: Mapping[str, str] | None = None,
        events: bool = True,
        cwd: Path | None = None,
        prefix: Sequence[str] = (),
    ) -> Started:
        self._count += 1
        words = [*prefix, str(SCRIPTS / "pyharness"), *map(str, arguments)]
        file = None
        if events and arguments and arguments[0] == "test" and not {"--list", "--events"} & set(words):
            file = self._folder / f"events-{self._count}.jsonl"
            words += ["--events", str(file)]
        own = {**clean_environment(), "STARTED_FILE": str(self._folder / f"started-{self._count}")}
        started = Started(words, file, {**own, **(env or {})}, cwd or self._folder)
        self._started.append(started)
        return started

    def __call__(self, *arguments: str | Path, limit_s: float = 60, **others: Any) -> Finished:
        return self.start(*arguments, **others).finish(limit_s)

    def test(self, *arguments: str | Path, **others: Any) -> Finished:
        """Run `pyharness test` and check what holds for every run that was not told to stop."""
        result = self("test", *arguments, **others)
        assert "Traceback" not in result.stderr, result
        if result.events:
            check_events(result.events, result.code)
        assert not result.left_behind, result
        return result

    def close(self) -> None:
        for started in self._started:
            if started.process.poll() is None:
                started.kill()
                started.process.communicate()


def clean_environment() -> dict[str, str]:
    """Return the environment without what would steer the runner, and with a mark of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYHARNESS_")}
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "COLUMNS"):
        kept.pop(name, None)
    return {**kept, MARK: uuid.uuid4().hex, "PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"}


def read_events(path: Path) -> list[dict[str, Any]]:
    """Read the whole lines of an event file; the last one may still be under way."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]


def check_events(events: Sequence[dict[str, Any]], code: int) -> None:
    """Check what holds for the events of every run."""
    first, last = events[0], events[-1]
    assert (first["type"], first["schema"]) == ("RunStarted", 1)
    assert (last["type"], last["exit_code"]) == ("RunFinished", code)
    ended = [event["id"] for event in events if event["type"] == "CaseFinished"]
    planned = [event["planned"] for event in events if event["type"] in {"RunStarted", "PlanGrew"}]
    assert len(ended) == len(set(ended)) == planned[-1] == sum(last["counts"].values())
    under_way: set[tuple[str, int]] = set()
    for event in events:
        if event["type"] == "AttemptStarted":
            assert (event["id"], event["attempt"]) not in under_way
            under_way.add((event["id"], event["attempt"]))
        elif event["type"] in {"AttemptFinished", "AttemptInterrupted"}:
            under_way.remove((event["id"], event["attempt"]))
            assert event["duration_ns"] >= 0
            assert event["start_ns"] >= 0
            assert 0 <= event["worker"] < first["test_threads"]
        elif event["type"] == "CaseFinished":
            assert not [open_ for open_ in under_way if open_[0] == event["id"]]
    assert not under_way


@pytest.fixture(scope="session")
def programs() -> Programs:
    """Build tests/programs, in a folder that stays, so that the next session has little to do."""
    folder = REPOSITORY / "build" / "programs"
    folder.mkdir(parents=True, exist_ok=True)
    configure = [
        SCRIPTS / "cmake", "-G", "Ninja", "-S", REPOSITORY / "tests" / "programs", "-B", folder,
        f"-DCMAKE_MAKE_PROGRAM={SCRIPTS / 'ninja'}", "-DCMAKE_BUILD_TYPE=Debug", f"-Dpyharness_DIR={cmake_folder()}",
    ]  # fmt: skip
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for command in (configure, [SCRIPTS / "ninja", "-C", folder]):
            built = subprocess.run(command, capture_output=True, text=True, check=False)
            assert built.returncode == 0, built.stdout + built.stderr
    return Programs(folder)


def cmake_folder() -> str:
    command = [SCRIPTS / "pyharness", "--cmake-dir"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def pyharness(tmp_path: Path) -> Iterator[CommandLine]:
    """Run the real command line: `pyharness("test", …)`, `pyharness.test(…)`, `pyharness.start("test", …)`."""
    command_line = CommandLine(tmp_path)
    yield command_line
    command_line.close()
