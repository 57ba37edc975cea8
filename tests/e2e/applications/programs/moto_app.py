"""moto's application, for a server that wants to be told where it is."""

# What is imported is in the environment of the application only.
# mypy: disable-error-code="import-not-found, untyped-decorator, misc"

from moto.server import (
    DomainDispatcherApplication,
    create_backend_app,
)

app = DomainDispatcherApplication(create_backend_app)
