pytest_plugins = [
    "tests.leaks",
    "tests.databases",
    "tests.endpoint.fixtures",
    "tests.state.fixtures",
]
