"""What gunicorn and `flask` load."""

import sys

from jirafe_endpoint import create_app
from jirafe_endpoint.config import SettingError

try:
    app = create_app()
except SettingError as error:
    sys.stderr.write(f"{error}\n")
    sys.exit(3)  # so gunicorn gives up; after any other status it would try again for ever
