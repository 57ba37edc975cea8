"""The application, for `insula run` and any other server."""

from @package@ import create_app

app = create_app()
