"""sqlite-web: a table is made, filled, asked, exported and dropped."""

from __future__ import annotations

from functools import partial

from tests.e2e.applications.application import Application, Way
from tests.e2e.applications.asking import one_by_one

__all__ = ["APPLICATION"]

LINES = r"""
/
-L -b jar -c jar -d table_name=notes /create-table/
-L -b jar -c jar -d type=TEXT -d name=text /notes/add-column/
-L -b jar -c jar -d type=INTEGER -d "name=how many" /notes/add-column/
-L -b jar -c jar -d type=NONE -d name=x /notes/add-column/
/notes/
/notes/content/
/notes/insert/
-L -b jar -c jar -d text=caf%C3%A9 -d how_many=3 /notes/insert/
-L -b jar -c jar -d "text=<b>" -d how_many=4 /notes/insert/
"/notes/content/?ordering=-how_many"
/notes/row/MQ/
/notes/row/%00/
-b jar -c jar --data-urlencode "sql=select text, how_many * 2 from notes" /query/
-b jar -c jar --data-urlencode "sql=select nothing" /query/
-b jar -c jar -d export_format=json -d columns=text -d columns=how_many /notes/export/
-b jar -c jar -d export_format=csv -d columns=text /notes/export/
-b jar -c jar -d export_format=csv /notes/export/
-L -b jar -c jar -d indexes=text -d unique=on /notes/add-index/
-L -b jar -c jar -d rename=how_many -d rename_to=number /notes/rename-column/
-L -b jar -c jar -X POST /notes/drop/
/notes/
/login/
-I /static/css/site.css
/static/none.css
"""


def _way(command: str, done: str = "its pages by curl") -> Way:
    return Way(command, done, partial(one_by_one, lines=LINES), ready="/login/")


APPLICATION = Application(
    "sqlite-web",
    ("sqlite-web",),
    (_way("sqlite_web -x -p {port} {folder}/a.db"),),
)
