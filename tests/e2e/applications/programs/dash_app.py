"""A Dash application: callbacks, a chart, a page of its own, and one that fails.

Its arguments: the port, and ``debug`` for Dash's tools for developers. A server that
imports it finds ``server``.
"""

# What is imported is in the environment of the application only.
# mypy: disable-error-code="import-not-found, untyped-decorator, misc"

from __future__ import annotations

import sys
from typing import Any

from dash import (
    Dash,
    Input,
    Output,
    State,
    ctx,
    dcc,
    html,
    no_update,
)
from flask import (
    request,
    session,
)

app = Dash(__name__, title="A chart")
server = app.server
server.secret_key = "not secret"
app.layout = html.Div(
    [
        html.H1("A chart"),
        dcc.Input(id="name", value=""),
        html.Button("Greet", id="greet"),
        html.P("nobody yet", id="greeting"),
        dcc.Slider(1, 5, 1, value=2, id="power"),
        dcc.Graph(id="chart"),
        html.P(id="summary"),
        html.Button("Break", id="break"),
        html.P("whole", id="broken"),
    ]
)


@app.callback(
    Output("greeting", "children"),
    Input("greet", "n_clicks"),
    State("name", "value"),
    prevent_initial_call=True,
)
def greet(clicks: int, name: str) -> Any:
    """Greet; what was counted before is in Flask's session."""
    if not name:
        return no_update
    session["times"] = session.get("times", 0) + 1
    return f"Hello {name}, {clicks}, {session['times']}, {request.method}"


@app.callback(Output("chart", "figure"), Input("power", "value"))
def chart(power: int) -> Any:
    """Draw powers."""
    y = [x**power for x in range(6)]
    return {"data": [{"x": list(range(6)), "y": y}], "layout": {"title": f"{power}"}}


@app.callback(Output("summary", "children"), Input("chart", "figure"))
def summary(figure: Any) -> str:
    """Say what is drawn; runs after `chart`."""
    return f"up to {max(figure['data'][0]['y'])}, by {ctx.triggered_id}"


@app.callback(
    Output("broken", "children"),
    Input("break", "n_clicks"),
    prevent_initial_call=True,
)
def fail(clicks: int) -> str:
    """Fail, as callbacks do."""
    raise ValueError(f"broken on purpose, {clicks}")


@server.route("/own")
def own() -> dict[str, str]:
    """Answer beside Dash, as one adds a view to its Flask application."""
    return {"served": request.path}


if __name__ == "__main__":
    app.run(port=int(sys.argv[1]), debug="debug" in sys.argv)
