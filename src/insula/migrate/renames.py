"""Old names whose modern name means the very same: these are rewritten.

Rules: a name stands here only if whatever was done with it goes on doing the same.
``flask.safe_join`` does not (it answered 404, Werkzeug's returns ``None``), nor does
``werkzeug.contrib.fixers.ProxyFix`` (it trusted other headers), nor ``safe_str_cmp``
(``compare_digest`` refuses text beyond ASCII): such names are reported. What imports a
name goes on binding it as it did, so no other line changes.

Sources: the changelogs of Flask, Werkzeug and Jinja, and what of each is there today
(the tests look).
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["RENAMES", "Renamed", "renamed"]


class Renamed(NamedTuple):
    """Where a name is today.

    :param since: what removed the old one.
    """

    module: str
    name: str
    since: str

    @property
    def dotted(self) -> str:
        """Its full name."""
        return f"{self.module}.{self.name}" if self.name else self.module


# The modules in which names are that Werkzeug had at its top, up to 0.16.
_TOP: dict[str, str] = {
    "datastructures": """
        Accept Authorization CallbackDict CharsetAccept CombinedMultiDict ETags
        EnvironHeaders FileMultiDict FileStorage HeaderSet Headers ImmutableDict
        ImmutableList ImmutableMultiDict ImmutableTypeConversionDict LanguageAccept
        MIMEAccept MultiDict RequestCacheControl ResponseCacheControl
        TypeConversionDict WWWAuthenticate
    """,
    "debug": "DebuggedApplication",
    "exceptions": "Aborter abort",
    "formparser": "parse_form_data",
    "http": """
        HTTP_STATUS_CODES dump_header dump_options_header generate_etag http_date
        is_byte_range_valid is_entity_header is_hop_by_hop_header is_resource_modified
        parse_accept_header parse_cache_control_header parse_cookie parse_date
        parse_dict_header parse_etags parse_list_header parse_options_header
        parse_set_header quote_etag remove_entity_headers remove_hop_by_hop_headers
        unquote_etag dump_cookie
    """,
    "local": "Local LocalManager LocalProxy LocalStack release_local",
    "security": "check_password_hash generate_password_hash",
    "test": "EnvironBuilder create_environ run_wsgi_app",
    "testapp": "test_app",
    "utils": """
        append_slash_redirect cached_property environ_property find_modules
        header_property import_string redirect secure_filename
    """,
    "wsgi": """
        ClosingIterator FileWrapper LimitedStream get_current_url get_host responder
        wrap_file
    """,
    "middleware.dispatcher": "DispatcherMiddleware",
    "middleware.shared_data": "SharedDataMiddleware",
}

_OTHERS = """
    flask.Markup                         markupsafe:Markup             Flask 3.0
    flask.escape                         markupsafe:escape             Flask 3.0
    flask.helpers.Markup                 markupsafe:Markup             Flask 2.0
    flask.templating.Markup              markupsafe:Markup             Flask 2.0
    flask.json.Markup                    markupsafe:Markup             Flask 2.0
    flask.sessions.Markup                markupsafe:Markup             Flask 1.0
    flask.helpers.jsonify                flask:jsonify                 Flask 0.10
    flask.helpers.json                   flask:json                    Flask 0.10
    flask.json.request                   flask:request                 Flask 2.2
    flask.json.http_date                 werkzeug.http:http_date       Flask 2.2
    flask.helpers.Headers                werkzeug.datastructures:Headers  Flask 2.0
    flask.helpers.NotFound               werkzeug.exceptions:NotFound  Flask 2.1
    flask.helpers.BadRequest             werkzeug.exceptions:BadRequest  Flask 2.0
    flask.helpers.BuildError             werkzeug.routing:BuildError   Flask 2.2
    flask.helpers.FileSystemLoader       jinja2:FileSystemLoader       Flask 2.0
    flask.helpers.wrap_file              werkzeug.wsgi:wrap_file       Flask 2.0
    flask.helpers.cached_property        werkzeug.utils:cached_property  Flask 0.7
    flask.wrappers.cached_property       werkzeug.utils:cached_property  Flask 0.10
    flask.templating.FileSystemLoader    jinja2:FileSystemLoader       Flask 0.6
    flask.scaffold                       flask.sansio:scaffold         Flask 3.0
    flask.scaffold.Scaffold              flask.sansio.scaffold:Scaffold      Flask 3.0
    flask.scaffold.setupmethod           flask.sansio.scaffold:setupmethod   Flask 3.0
    flask.scaffold._endpoint_from_view_func  flask.sansio.scaffold:_endpoint_from_view_func  Flask 3.0
    flask.scaffold.find_package          flask.sansio.scaffold:find_package  Flask 3.0
    flask.helpers.find_package           flask.sansio.scaffold:find_package  Flask 2.1
    flask.app.setupmethod                flask.sansio.scaffold:setupmethod   Flask 2.2
    jinja2.Markup                        markupsafe:Markup             Jinja 3.1
    jinja2.escape                        markupsafe:escape             Jinja 3.1
    jinja2.utils.Markup                  markupsafe:Markup             Jinja 3.1
    jinja2.utils.escape                  markupsafe:escape             Jinja 3.1
    jinja2.contextfilter                 jinja2:pass_context           Jinja 3.1
    jinja2.contextfunction               jinja2:pass_context           Jinja 3.1
    jinja2.evalcontextfilter             jinja2:pass_eval_context      Jinja 3.1
    jinja2.evalcontextfunction           jinja2:pass_eval_context      Jinja 3.1
    jinja2.environmentfilter             jinja2:pass_environment       Jinja 3.1
    jinja2.environmentfunction           jinja2:pass_environment       Jinja 3.1
    jinja2.filters.contextfilter         jinja2:pass_context           Jinja 3.1
    jinja2.filters.evalcontextfilter     jinja2:pass_eval_context      Jinja 3.1
    jinja2.filters.environmentfilter     jinja2:pass_environment       Jinja 3.1
    jinja2.utils.contextfunction         jinja2:pass_context           Jinja 3.1
    werkzeug.BaseRequest                 werkzeug.wrappers:Request     Werkzeug 1.0
    werkzeug.BaseResponse                werkzeug.wrappers:Response    Werkzeug 1.0
    werkzeug.wrappers.BaseRequest        werkzeug.wrappers:Request     Werkzeug 2.1
    werkzeug.wrappers.BaseResponse       werkzeug.wrappers:Response    Werkzeug 2.1
    werkzeug.wsgi.DispatcherMiddleware   werkzeug.middleware.dispatcher:DispatcherMiddleware  Werkzeug 1.0
    werkzeug.wsgi.SharedDataMiddleware   werkzeug.middleware.shared_data:SharedDataMiddleware  Werkzeug 1.0
    werkzeug.wsgi.ProxyMiddleware        werkzeug.middleware.http_proxy:ProxyMiddleware  Werkzeug 1.0
    werkzeug.contrib.profiler.ProfilerMiddleware  werkzeug.middleware.profiler:ProfilerMiddleware  Werkzeug 1.0
    werkzeug.contrib.lint.LintMiddleware  werkzeug.middleware.lint:LintMiddleware  Werkzeug 1.0
"""  # noqa: E501 - a table; a row is a row


def _table() -> dict[str, Renamed]:
    rows = {
        f"werkzeug.{name}": Renamed(f"werkzeug.{module}", name, "Werkzeug 1.0")
        for module, names in _TOP.items()
        for name in names.split()
    }
    for row in _OTHERS.strip().splitlines():
        old, new, since = row.split(None, 2)
        module, _, name = new.partition(":")
        rows[old] = Renamed(module, name, since)
    return rows


RENAMES: dict[str, Renamed] = _table()
"""The table, by the old name."""


def renamed(dotted: str) -> Renamed | None:
    """Return where a name is today, if it only has another."""
    if dotted.startswith("flask.ext."):
        name, _, rest = dotted.removeprefix("flask.ext.").partition(".")
        module = f"flask_{name}"
        return Renamed(f"{module}.{rest}" if rest else module, "", "Flask 1.0")
    return RENAMES.get(dotted)
