import os

pytest_plugins = [
    "tests.leaks",
    "tests.browser",
    "tests.databases",
    "tests.endpoint.fixtures",
    "tests.state.fixtures",
]


def pytest_xdist_auto_num_workers() -> int:
    """Run two tests per core at once: many of them wait for a server or the disk."""
    return 2 * (os.cpu_count() or 1)
