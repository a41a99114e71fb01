"""The description of an API that is served at /."""

from functools import cache
from tempfile import TemporaryDirectory

from jirafe_api import create_api
from jirafe_api.description.pages import description


@cache
def described(server="/"):
    with TemporaryDirectory() as folder:
        api = create_api(DATABASE_URL=f"sqlite:///{folder}/jirafe.db")
        return description(server, api.url_map)
