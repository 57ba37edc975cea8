"""The ASGI side: Insula beside Starlette, BlackSheep, Quart and Falcon's ASGI half.

`works` says what is asked, `apps` holds the same little application for each framework;
`harness` calls it in process, `served` over sockets. All of them, Insula too, run in
the peers' environment, with the same loop (uvloop) under the same servers.
"""
