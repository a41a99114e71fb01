"""What the documents and the architecture promise of the project as a whole."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

import jirafe_api.config
import jirafe_endpoint.config
from tests.endpoint_fixtures import FIXTURES

ROOT = Path(__file__).parents[1]
PACKAGES = ("app.py", "logs.py", "jirafe_endpoint", "jirafe_api", "mappers")
SOURCES = sorted(
    path
    for package in PACKAGES
    for path in ([ROOT / package] if package.endswith(".py") else (ROOT / package).rglob("*.py"))
)
OURS = {"app", "demo", "logs", "jirafe_endpoint", "jirafe_api", "mappers"}

VOCABULARY = {
    "jirafe_endpoint.claims",
    "jirafe_endpoint.envelopes",
    "jirafe_endpoint.errors",
    "jirafe_endpoint.messages",
    "jirafe_endpoint.notifications",
    "jirafe_endpoint.parameters",
    "jirafe_endpoint.record",
    "jirafe_endpoint.results",
}

# Who may import what of ours: the longest prefix of a module's name decides.
ALLOWED = {
    "app": {"jirafe_endpoint"},
    "logs": set(),
    "jirafe_endpoint": {"jirafe_api", "jirafe_endpoint", "logs"},
    "jirafe_endpoint.config": {"jirafe_endpoint.parsers"},
    "jirafe_endpoint.parsers": set(),
    "jirafe_endpoint.claims": set(),
    "jirafe_endpoint.notifications": set(),
    "jirafe_endpoint.results": set(),
    "jirafe_endpoint.errors": {"jirafe_endpoint.notifications"},
    "jirafe_endpoint.record": set(),
    "jirafe_endpoint.health": set(),
    "jirafe_endpoint.metrics": {"jirafe_endpoint.record"},
    "jirafe_endpoint.sentry": {"logs"},
    "jirafe_endpoint.observed": VOCABULARY | {"mappers", "jirafe_endpoint.attempts"},
    "jirafe_endpoint.parameters": set(),
    "jirafe_endpoint.messages": {
        "jirafe_endpoint.errors",
        "jirafe_endpoint.notifications",
        "jirafe_endpoint.parameters",
    },
    "jirafe_endpoint.envelopes": {
        "jirafe_endpoint.errors",
        "jirafe_endpoint.messages",
        "jirafe_endpoint.notifications",
    },
    "jirafe_endpoint.replies": VOCABULARY | {"mappers"},
    "jirafe_endpoint.traces": VOCABULARY | {"mappers", "jirafe_endpoint.replies"},
    "jirafe_endpoint.attempts": VOCABULARY
    | {"mappers", "jirafe_endpoint.replies", "jirafe_endpoint.traces"},
    "jirafe_endpoint.service": VOCABULARY | {"mappers", "jirafe_endpoint.attempts"},
    "jirafe_endpoint.preview": VOCABULARY
    | {"mappers", "jirafe_endpoint.replies", "jirafe_endpoint.service"},
    "jirafe_endpoint.web": VOCABULARY
    | {
        "jirafe_endpoint.health",
        "jirafe_endpoint.metrics",
        "jirafe_endpoint.preview",
        "jirafe_endpoint.service",
        "jirafe_endpoint.web",
    },
    "jirafe_endpoint.cli": VOCABULARY
    | {
        "jirafe_endpoint.customers",
        "jirafe_endpoint.health",
        "jirafe_endpoint.hosted",
        "jirafe_endpoint.parsers",
        "jirafe_endpoint.preview",
        "jirafe_endpoint.service",
        "jirafe_endpoint.store",
        "jirafe_endpoint.web.services",
    },
    "jirafe_endpoint.customers": VOCABULARY | {"jirafe_endpoint.hosted", "jirafe_endpoint.store"},
    "jirafe_endpoint.hosted": {
        "jirafe_api",
        "jirafe_endpoint.errors",
        "jirafe_endpoint.store.forgetting",
    },
    "jirafe_endpoint.jirafe": {"jirafe_endpoint.results", "jirafe_endpoint.jirafe"},
    "jirafe_endpoint.store": {
        "jirafe_endpoint.claims",
        "jirafe_endpoint.errors",
        "jirafe_endpoint.store",
    },
    "jirafe_api": {"jirafe_api"},
    "mappers": {"mappers"},
}

# Which modules may import a library.
LIBRARIES = {
    "flask": (
        "jirafe_endpoint",
        "jirafe_endpoint.cli",
        "jirafe_endpoint.customers",
        "jirafe_endpoint.web",
        "jirafe_api",
    ),
    "click": ("jirafe_endpoint.cli", "jirafe_endpoint.customers", "jirafe_api.cli"),
    "requests": ("jirafe_endpoint.jirafe",),
    "sqlalchemy": (
        "jirafe_api.database",
        "jirafe_api.engines",
        "jirafe_api.forgetting",
        "jirafe_api.latest",
        "jirafe_api.retention",
        "jirafe_api.store",
        "jirafe_api.stored",
        "jirafe_api.tables",
        "jirafe_api.together",
        "jirafe_api.wanted",
        "jirafe_endpoint.store",
    ),
    "alembic": ("jirafe_endpoint.store.migrations",),
    "marshmallow": ("mappers", "jirafe_endpoint.messages"),
    "jsonschema": ("jirafe_api",),
    "rjsmin": ("jirafe_api.beacon",),
    "jsonschema_rs": ("jirafe_api.quick",),
    "everett": ("jirafe_endpoint.config", "jirafe_api.config"),
    "structlog": ("logs", "jirafe_endpoint.web.request_ids"),
    "prometheus_client": ("jirafe_endpoint.metrics",),
    "sentry_sdk": ("jirafe_endpoint.sentry",),
    "os": ("jirafe_endpoint.config", "jirafe_api.config", "jirafe_api.export.files"),
    "pyarrow": ("jirafe_api.export.parquet",),
}


def module_name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


def imports(path):
    """Yield the full name of everything that a file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide where things come from"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(name, prefixes):
    return any(name == prefix or name.startswith(f"{prefix}.") for prefix in prefixes)


def rule_for(name):
    return max((prefix for prefix in ALLOWED if within(name, [prefix])), key=len)


@pytest.mark.parametrize("path", SOURCES, ids=module_name)
def test_a_module_imports_only_what_the_architecture_allows(path):
    ours = {name for name in imports(path) if name.partition(".")[0] in OURS}
    allowed = ALLOWED[rule_for(module_name(path))]

    assert {name for name in ours if not within(name, allowed)} == set()


@pytest.mark.parametrize("path", SOURCES, ids=module_name)
def test_a_library_is_imported_only_where_it_belongs(path):
    name = module_name(path)
    misplaced = {
        library
        for library, places in LIBRARIES.items()
        if within(library, {imported.partition(".")[0] for imported in imports(path)})
        if not (name in places or within(name, [p for p in places if p != "jirafe_endpoint"]))
    }

    assert misplaced == set()


def test_events_leave_at_one_place():
    calls = [
        (module_name(path), node.func.attr)
        for path in SOURCES
        if module_name(path).startswith("jirafe_endpoint.jirafe")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if node.func.attr in {"get", "post", "put", "request", "send"}
        and "session" in ast.unparse(node.func.value)
    ]

    # The other asks whether the API is there, and sends nothing.
    assert sorted(calls) == [
        ("jirafe_endpoint.jirafe.client", "get"),
        ("jirafe_endpoint.jirafe.client", "post"),
    ]


@pytest.mark.parametrize("path", SOURCES, ids=module_name)
def test_a_module_is_short_and_so_are_its_functions(path):
    text = path.read_text()
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    long = [node.name for node in functions if (node.end_lineno or 0) - node.lineno >= 50]

    assert (len(text.splitlines()) <= 230, long) == (True, [])


def test_the_readme_lists_every_setting_as_it_is():
    rows = re.findall(r"^\| `([A-Z_]+)` \| (?:`(.*?)`)? *\| (.*) \|$", read("README.md"), re.M)

    assert rows == jirafe_endpoint.config.SETTINGS + jirafe_api.config.SETTINGS


def test_every_command_that_the_readme_names_exists(make_app):
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.M))
    commands = make_app().cli

    assert set(re.findall(r"`?make ([a-z]+)", read("README.md"))) <= targets
    for words in re.findall(r"flask ([a-z-]+) ?([a-z]*)", read("README.md")):
        group = commands.commands[words[0]]
        assert not words[1] or words[1] in getattr(group, "commands", {words[1]: None})


def test_every_file_that_the_documents_name_exists():
    named = {
        name
        for document in ("README.md", "CONTRIBUTING.md")
        for name in re.findall(r"`((?:[a-z_]+/)+[a-z_.]*|[A-Z]+\.md|LICENSE)`", read(document))
    }
    invented = {"mappers/stock.py", "fixtures/stock_change.json"}

    assert {name for name in named - invented if not (ROOT / name).exists()} == set()


def test_every_fixture_is_a_set_of_three():
    names = {path.name.partition(".")[0] for path in FIXTURES.iterdir()}
    expected = {f"{name}{part}.json" for name in names for part in ("", ".events", ".reply")}

    assert {path.name for path in FIXTURES.iterdir()} == expected


def test_every_requirement_is_pinned_and_each_of_ours_has_its_reason():
    for document in ("requirements.txt", "requirements-dev.txt", "requirements-export.txt"):
        ours, _, brought = read(document).partition("# What those bring along.")
        lines = [line for line in ours.splitlines() if re.match(r"[a-z]", line)]
        assert all(re.fullmatch(r"\S+==\S+ +# .+", line) for line in lines), document
        assert all("==" in line for line in brought.splitlines() if line.strip())


def test_git_keeps_no_secret_and_no_state():
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()

    assert [name for name in listed if re.search(r"(\.env|\.db|\.sqlite3?|\.pem)$", name)] == []


def read(name):
    return (ROOT / name).read_text()
