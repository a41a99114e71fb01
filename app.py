"""The WSGI application that gunicorn and `flask` load."""

import sys

from config import SettingError
from jirafe_endpoint import create_app

try:
    app = create_app()
except SettingError as error:
    sys.stderr.write(f"{error}\n")
    sys.exit(3)  # gunicorn retries forever after any other status
