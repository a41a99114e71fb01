"""What gunicorn and `flask` load."""

import sys

from config import SettingError
from jirafe_endpoint import create_app

try:
    app = create_app()
except SettingError as error:
    sys.stderr.write(f"{error}\n")
    sys.exit(3)  # so gunicorn gives up; after any other status it would try again for ever
