pytest_plugins = [
    "tests.leaks",
    "tests.browser",
    "tests.databases",
    "tests.endpoint.fixtures",
    "tests.state.fixtures",
]
