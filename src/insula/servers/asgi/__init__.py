"""Serving ASGI applications: the adapter over Granian's ASGI worker.

Rules of the package: any ASGI 3 application is served; asyncio and Granian are loaded
by this package alone, and only where ASGI was chosen (`insula.servers.interface`).

`engine` has the loop, starts and stops; `lifespan` tells the application of it; `guard`
answers one request; `exchange` is what is common to `http` and `websocket`, which stand
between the application and the server's own `receive` and `send`; `head` checks what a
response begins with; `cut` ends a connection whose response failed.
"""
