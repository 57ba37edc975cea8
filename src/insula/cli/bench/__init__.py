"""``insula bench``: a quick load on a URL, or on a route of the application.

`command` is the command line, `target` finds what is asked, `server` serves the
application in a process of its own, `load` asks by `connection` and `response`,
`result` counts, `progress` and `report` show.
"""

from insula.cli.bench.command import bench_command

__all__ = ["bench_command"]
