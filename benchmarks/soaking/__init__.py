"""The soak: a server that mixes what requests leave lying about, and its crowd.

`server` serves `app` (the soak's routes, with the data kept in `places`) beside the
demo application. `crowd` runs client processes; each of their clients speaks through
`wire`, does what `tasks`, `broken` and `notes_user` describe, and compares the
answers with what it knows (`client`). `memory` watches the server.
"""
