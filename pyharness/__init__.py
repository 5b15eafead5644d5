"""A fast, crash-safe runner for native tests.

`ThreadPool` and `TestTask` run cases on threads of this process, without a host to protect it (isolation "inline").
"""

__version__ = "0.1.0"
__all__ = ["TestTask", "ThreadPool", "__version__"]

TYPE_CHECKING = False  # the one in `typing` would be an import that each `pyharness --version` pays for
if TYPE_CHECKING:
    from pyharness.engine import TestTask, ThreadPool


def __getattr__(name: str) -> object:
    """Load the engine when it is first asked for."""
    if name in {"TestTask", "ThreadPool"}:
        from pyharness import engine  # noqa: PLC0415 -- see above

        return getattr(engine, name)
    message = f"module 'pyharness' has no attribute '{name}'"
    raise AttributeError(message)
