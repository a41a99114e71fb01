pytest_plugins = [
    "tests.leaks",
    "tests.jirafe_api_fixtures",
    "tests.endpoint_fixtures",
    "tests.store_testing",
]
