"""updog: files are listed, sent, fetched in part, behind a password and with CORS.

It calls Werkzeug's server by itself, which serves it on both sides.
"""

from __future__ import annotations

from functools import partial

from tests.e2e.applications.application import Application, Way
from tests.e2e.applications.asking import one_by_one

__all__ = ["APPLICATION"]

LINES = r"""
/
-u :wrong /
-u :open /elsewhere
-u :open -e /elsewhere -F path=/ -F "file=@/etc/services;filename=../a file.txt" /upload
-u :open /a_file.txt
-u :open -r 0-99 /a_file.txt
-u :open /a_file.txt?view=1
-u :open -I /a_file.txt
-u :open -e / -F path=/../.. -F "file=@/etc/hostname" /upload
-u :open -e / -d path=/ /upload
-u :open /upload
-H "Origin: http://a.example" -u :open -I /a_file.txt
/favicon.ico
/static/none.js
"""

APPLICATION = Application(
    "updog",
    ("updog",),
    (
        Way(
            "updog -d {folder} -b 127.0.0.1 -p {port} --password open --cors"
            " --hide-base-path",
            "files sent and fetched by curl",
            partial(one_by_one, lines=LINES),
            one_server=True,
            ready="/favicon.ico",
        ),
    ),
)
