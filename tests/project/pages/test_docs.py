"""What the documents claim about files, commands, settings and links."""

import re
import shlex

import click
import pytest

import config
from tests.serving import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
INVENTED = {
    "mappers/stock.py",
    "mappers/reading/stock.py",
    "fixtures/stock_change.json",
    "fixtures/stock_change.events.json",
    "fixtures/stock_change.reply.json",
    "app/controllers/concerns/jirafe_visit.rb",
    "config/initializers/jirafe.rb",
}
"""Files that readers create: in this project by CONTRIBUTING.md, and in their shop."""


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def without_blocks(text):
    return re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)


def test_the_readme_is_one_screen():
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150


def test_the_index_lists_every_page():
    index = (ROOT / "docs" / "README.md").read_text()
    pages = {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}

    assert set(re.findall(r"\]\((\w+\.md)\)", index)) == pages


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_link_and_every_named_file_exists(document):
    text = document.read_text()
    links = re.findall(r"\]\((?!https?:)([^)#]+)", text)
    named = re.findall(r"`((?:[a-z_]+/)+[a-z_.]*|[A-Z]+\.md|LICENSE)`", text)
    missing = {link for link in links if not (document.parent / link).exists()}
    missing |= {name for name in named if not (ROOT / name).exists()} - INVENTED

    assert missing == set()


def test_the_settings_page_lists_every_setting_exactly():
    text = (ROOT / "docs" / "settings.md").read_text()
    rows = re.findall(r"^\| `([A-Z_]+)` \| (?:`(.*?)`)? *\| (.*) \|$", text, re.M)
    settings = [(one.name, one.default, one.sentence) for one in config.SETTINGS]

    assert rows[: len(settings)] == settings


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_no_page_contains_a_merge_conflict(document):
    assert re.findall(r"^(?:<{7}|={7}$|>{7}).*", document.read_text(), re.M) == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_command_exists_with_its_options(document, make_app):
    text = document.read_text()
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))

    assert set(re.findall(r"(?:^ {4}|`)make ([a-z]+)", text, re.M)) <= targets
    for line in re.findall(r"(?:^ +|`)(?:heroku run |\.venv/bin/)?flask ([^`\n]+)", text, re.M):
        words = shlex.split(line.partition("#")[0].partition("|")[0])
        check_command(make_app().cli, words)


def commands_of(group, *names):
    """Yield each command of a group and of the groups in it, with the words that call it."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands_of(command, *names, name)
        else:
            yield [*names, name], command


def test_the_help_of_every_command_has_an_example(make_app):
    cli = make_app().cli
    for words, command in commands_of(cli):
        example = re.search(r"Examples?:\s+flask (.+)", command.help)
        assert example, words
        called = shlex.split(example[1].partition("|")[0])
        assert called[: len(words)] == words
        check_command(cli, called)


def check_command(group, words):
    """Raise an error unless the words of a command line are a command."""
    assert words[0] in group.commands, words
    command = group.commands[words[0]]
    if isinstance(command, click.Group) and len(words) > 1:
        check_command(command, words[1:])
        return
    options = {name for parameter in command.params for name in parameter.opts}
    assert {word.partition("=")[0] for word in words if word.startswith("--")} <= options, words
