"""What gunicorn and `flask` load."""

from jirafe_endpoint import create_app

app = create_app()
