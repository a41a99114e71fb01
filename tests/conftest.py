pytest_plugins = ["tests.jirafe_api_fixtures", "tests.endpoint_fixtures", "tests.store_testing"]
