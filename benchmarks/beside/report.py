"""The figures as Markdown: what is printed is what is written to RESULTS.md.

Rules of the file: no path and no name of this machine; a ratio is Insula's figure to
the peer's, in times (less is better) or in rates (more is better), as the heading says.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmarks.beside.asgi.served import OWN
from benchmarks.beside.asgi.served import TITLES as ASGI_TITLES
from benchmarks.beside.asgi.works import CONTENDERS as ASGI_CONTENDERS
from benchmarks.beside.asgi.works import SERVED
from benchmarks.beside.asgi.works import WORKS as ASGI_WORKS
from benchmarks.beside.served import CONNECTIONS, SERVERS, Rates
from benchmarks.beside.works import EVERYBODY, FLASKLIKE, KEPT, MICROS, WORKS, Work

if TYPE_CHECKING:
    from benchmarks.beside.rounds import Times

__all__ = ["Report"]

_TITLES = {
    "insula": "Insula",
    "flask": "Flask",
    "falcon": "Falcon",
    "bottle": "Bottle",
    "starlette": "Starlette",
    "blacksheep": "BlackSheep",
    "quart": "Quart",
    "bare": "bare",
}
_PEERS = EVERYBODY[1:]
# server, the one it is compared with, the least ratio
_RATE_TARGETS = [
    *(
        target
        for ours in ("insula", "granian")
        for target in (
            (ours, "bare", 0.9),
            (ours, "falcon", 1.0),
            (ours, "flask", 5.0),
        )
    ),
    ("insula run", "flask run", 15.0),
    ("insula run", "gunicorn", 8.0),
    ("notes", "flask notes", 2.0),
]


@dataclass(slots=True)
class Report:
    """Lines of Markdown, and how many targets were met."""

    lines: list[str] = field(default_factory=list)
    met: int = 0
    missed: list[str] = field(default_factory=list)

    def text(self, *lines: str) -> None:
        """Add lines, and an empty one."""
        self.lines += [*lines, ""]

    def block(self, title: str, text: str, *, good: bool) -> None:
        """Add what another program has printed, and whether its bounds hold."""
        self.text(f"## {title}")
        lines = [line.rstrip() for line in text.rstrip().splitlines()]
        self.text("```", *lines, "```")
        self._judge(title, "all bounds", good=good)

    def works(self, times: Times) -> None:
        """Add the table of one WSGI call."""
        names = [_TITLES[name] for name in EVERYBODY]
        self.text("## One WSGI call, in process (µs; ratios: less is better)")
        self._table(
            ["work", *names, *(f"to {_TITLES[peer]}" for peer in _PEERS), "target"],
            [self._work(work, times) for work in WORKS],
        )

    def _work(self, work: Work, times: Times) -> list[str]:
        cells = [work.title]
        for name in EVERYBODY:
            took = times.of(work.name, name, without=work.without)
            cells.append("" if took is None else f"{took * 1e6:.1f}")
        targets = []
        for peer in _PEERS:
            ratio = times.ratio(work.name, "insula", peer, without=work.without)
            cells.append("" if ratio is None else f"{ratio:.3f}")
            if ratio is not None and peer in work.targets:
                bound = work.targets[peer]
                what = f"{_TITLES[peer]} ≤ {bound:.3g}"
                targets.append(self._judge(work.title, what, good=ratio <= bound))
        return [*cells, ", ".join(targets)]

    def micros(self, times: Times) -> None:
        """Add the table of expressions inside a request."""
        local = "threading.local attribute"
        self.text("## Inside a request (ns; ratios: less is better)")
        rows = []
        for micro in MICROS:
            found = [times.of(micro.name, name) or 0.0 for name in FLASKLIKE]
            cells = [micro.name, *(f"{seconds * 1e9:.0f}" for seconds in found)]
            to_flask = times.ratio(micro.name, "insula", "flask") or 0.0
            to_local = []
            for name, seconds in zip(FLASKLIKE, found, strict=True):
                to_local.append(seconds / (times.of(local, name) or 1.0))
            cells += [f"{to_flask:.3f}", *(f"{ratio:.1f}" for ratio in to_local)]
            targets = []
            if micro.target is not None:
                what = f"Flask ≤ {micro.target:.3g}"
                good = to_flask <= micro.target
                targets.append(self._judge(micro.name, what, good=good))
            if micro.bound is not None:
                what = f"threading.local ≤ {micro.bound:.3g}"
                good = to_local[0] <= micro.bound
                targets.append(self._judge(micro.name, what, good=good))
            rows.append([*cells, ", ".join(targets)])
        heads = ["expression", "Insula", "Flask", "to Flask"]
        heads += ["Insula to threading.local", "Flask to threading.local", "target"]
        self._table(heads, rows)

    def startup(self, seconds: Times, sizes: Times, kept: Times) -> None:
        """Add the table of a new interpreter, and of what is kept in memory."""
        self.text("## Starting, and memory (beyond the bare interpreter)")
        rows = []
        for title, name, times, unit, form, bound in (
            ("import, time", "import", seconds, 1e-3, "{:.0f} ms", 0.6),
            ("import, memory", "import", sizes, 2**20, "{:.1f} MiB", 1.0),
            (
                "import and an application, time",
                "start",
                seconds,
                1e-3,
                "{:.0f} ms",
                0.6,
            ),
            (
                "import and an application, memory",
                "start",
                sizes,
                2**20,
                "{:.1f} MiB",
                1.0,
            ),
            *((what, what, kept, 2**10, "{:.1f} KiB", 1.0) for what in KEPT),
        ):
            ratio = times.ratio(name, "insula", "flask") or 0.0
            good = ratio <= bound
            found = [(times.of(name, one) or 0.0) / unit for one in FLASKLIKE]
            cells = [title, *(form.format(value) for value in found), f"{ratio:.3f}"]
            rows.append([*cells, self._judge(title, f"Flask ≤ {bound}", good=good)])
        self._table(["", "Insula", "Flask", "to Flask", "target"], rows)

    def servers(self, rates: Rates) -> None:
        """Add the table of requests per second."""
        threads = f"{rates.threads} thread" + "s" * (rates.threads > 1)
        self.text("## Over sockets, one core (requests per second: more is better)")
        self.text(
            f"`wrk` with {CONNECTIONS} connections, on another core where there is one;"
            " hello, and the demo's list of notes for a user who is logged in (session,"
            " SQLAlchemy on SQLite, template, hooks; on Flask with the import changed)."
            f" Insula's own server and Granian: 1 worker, {threads}."
        )
        self.text(
            "Ratios of what runs on Granian, Insula's own server included, are of"
            " requests per second of the server's processor time (by the clock where a"
            " system does not tell it), which other load on the machine changes least."
            " Those of "
            + "; ".join(each.title for each in SERVERS.values() if each.by_clock)
            + " are of requests per second by the clock: they are different servers,"
            " and what one loses by waiting is lost for its users. They run on the"
            " same one core, too, whatever threads they have."
        )
        rows = []
        for name, server in SERVERS.items():
            hello = not server.notes_on
            flask = "flask" if hello else "flask notes"
            by = "" if server.by_clock else " processor"
            targets = []
            for ours, other, least in _RATE_TARGETS:
                if ours == name:
                    ratio = rates.ratio(ours + by, other + by)
                    what = f"{least:g} times {SERVERS[other].title}, is {ratio:.3f}"
                    good = ratio >= least
                    targets.append(self._judge(server.title, what, good=good))
            rows.append(
                [
                    server.title,
                    f"{rates.of(name):,.0f}",
                    f"{rates.of(name + ' processor'):,.0f}",
                    f"{rates.ratio(name + by, 'bare' + by):.2f}" if hello else "",
                    f"{rates.ratio(name + by, flask + by):.2f}",
                    "<br>".join(targets),
                ]
            )
        heads = ["server", "requests/s", "of processor time"]
        heads += ["to the bare application", "to Flask", "target"]
        self._table(heads, rows)

    def asgi_works(self, times: Times) -> None:
        """Add the table of one ASGI call."""
        names = [_TITLES[name] for name in ASGI_CONTENDERS]
        self.text("## One ASGI call, in process (µs; ratios: less is better)")
        rows = []
        for work in ASGI_WORKS:
            cells = [work.title]
            for name in ASGI_CONTENDERS:
                took = times.of(work.name, name)
                cells.append("" if took is None else f"{took * 1e6:.1f}")
            for peer in ASGI_CONTENDERS[1:]:
                ratio = times.ratio(work.name, "insula", peer)
                cells.append("" if ratio is None else f"{ratio:.3f}")
            rows.append(cells)
        self._table(
            ["work", *names, *(f"to {name}" for name in names[1:])], rows, last="---:"
        )

    def asgi_servers(self, rates: Rates) -> None:
        """Add the tables of requests per second of ASGI servers."""
        self.text("## ASGI over sockets, one core (requests/s: more is better)")
        self.text(
            f"`wrk` with {CONNECTIONS} connections, on another core where there is one;"
            " one process each, uvloop, in the same environment; a synchronous view"
            " runs in a thread (BlackSheep has it run on the loop, and is left out)."
            " Ratios are of requests per second of the server's processor time, which"
            " other load on the machine changes least."
        )
        rows = []
        for server in ASGI_TITLES:
            if server == OWN:
                continue
            rows += [
                self._asgi_rates(server, work, rates)
                for work in ASGI_WORKS
                if rates.has(f"{server} insula {work.name}")
            ]
        names = [_TITLES[name] for name in SERVED]
        heads = ["server, work", *names, *(f"to {name}" for name in names[1:])]
        self._table([*heads, "target"], rows)
        servers = list(ASGI_TITLES)
        titles = [ASGI_TITLES[server] for server in servers]
        rows = []
        for work in ASGI_WORKS:
            found = [f"{server} insula {work.name}" for server in servers]
            if rates.has(found[0]):
                cells = [f"{rates.of(name):,.0f}" for name in found]
                ratios = [
                    f"{rates.ratio(f'{found[-1]} processor', f'{name} processor'):.2f}"
                    for name in found[:-1]
                ]
                rows.append([work.title, *cells, *ratios])
        self._table(
            ["Insula", *titles, *(f"own to {title}" for title in titles[:-1])],
            rows,
            last="---:",
        )

    def _asgi_rates(self, server: str, work: Work, rates: Rates) -> list[str]:
        where = f"{ASGI_TITLES[server]}, {work.title}"
        found = {name: f"{server} {name} {work.name}" for name in SERVED}
        cells = [where]
        cells += [
            f"{rates.of(name):,.0f}" if rates.has(name) else ""
            for name in found.values()
        ]
        targets = []
        for peer in SERVED[1:]:
            if not rates.has(found[peer]):
                cells.append("")
                continue
            ours, theirs = f"{found['insula']} processor", f"{found[peer]} processor"
            ratio = rates.ratio(ours, theirs)
            cells.append(f"{ratio:.2f}")
            if peer in work.targets:
                least = work.targets[peer]
                what = f"{least:g} times {_TITLES[peer]}, is {ratio:.3f}"
                targets.append(self._judge(where, what, good=ratio >= least))
        return [*cells, "<br>".join(targets)]

    def summary(self) -> None:
        """Add which targets were met, and which were not."""
        self.text(
            "## Targets",
            "",
            f"{self.met} of {self.met + len(self.missed)} met.",
            *(["Missed:", ""] if self.missed else []),
            *(f"- {missed}" for missed in self.missed),
        )

    def _judge(self, where: str, what: str, *, good: bool) -> str:
        if good:
            self.met += 1
            return f"{what}: met"
        self.missed.append(f"{where}: {what}")
        return f"{what}: **missed**"

    def _table(
        self, heads: list[str], rows: list[list[str]], last: str = "---"
    ) -> None:
        rule = ["---", *("---:" for _ in heads[1:-1]), last]
        self.text(*("| " + " | ".join(row) + " |" for row in [heads, rule, *rows]))
