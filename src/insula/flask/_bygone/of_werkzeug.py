"""Old names of modules that Werkzeug has today.

Sources: the changelogs of Werkzeug, 0.9 to 3.1.
"""

from __future__ import annotations

from insula.flask._bygone.group import Group, alike, plain

__all__ = ["GROUPS", "MIXINS", "USER_AGENT"]


def _at_root(home: str, names: str) -> Group:
    # The root of Werkzeug imported each name from its module as it was used.
    return Group("werkzeug", "0.1", "Werkzeug 1.0", home, plain(names))


_URLS = {
    "url_quote": "urllib.parse.quote(value)",
    "url_quote_plus": "urllib.parse.quote_plus(value)",
    "url_unquote": "urllib.parse.unquote(value)",
    "url_unquote_plus": "urllib.parse.unquote_plus(value)",
    "url_encode": "urllib.parse.urlencode(values, doseq=True)",
    "url_decode": "urllib.parse.parse_qsl(query), and a MultiDict of it",
    "url_fix": "werkzeug.urls.iri_to_uri(url)",
    "url_join": "urllib.parse.urljoin(base, url)",
    "url_parse": "urllib.parse.urlsplit(url)",
    "url_unparse": "urllib.parse.urlunsplit(parts)",
    "url_encode_stream": "urllib.parse.urlencode, and write it to the stream",
    "url_decode_stream": "urllib.parse.parse_qsl(stream.read())",
    "Href": "request.root_url, or url_for",
}
_WSGI = {
    "extract_path_info": "urllib.parse.urlsplit(url).path after the script's name",
    "peek_path_info": "environ['PATH_INFO'] split at the slashes",
    "pop_path_info": "environ['PATH_INFO'] and environ['SCRIPT_NAME'] themselves",
}
_WSGI_MORE = {
    "get_query_string": "request.query_string",
    "get_script_name": "request.root_path",
    "make_chunk_iter": "a loop over stream.read(size)",
    "make_line_iter": "a loop over the stream",
}
_UTILS = {
    "ArgumentValidationError": "an exception of your own",
    "HTMLBuilder": "a template, or markupsafe.Markup",
    "escape": "markupsafe.escape(value)",
    "bind_arguments": "inspect.signature(func).bind(*args, **kwargs)",
    "format_string": "string.Template(text).substitute(values)",
    "html": "a template, or markupsafe.Markup",
    "unescape": "html.unescape(text)",
    "validate_arguments": "inspect.signature(func).bind(*args, **kwargs)",
    "xhtml": "a template, or markupsafe.Markup",
}
MIXINS = alike(
    "werkzeug.wrappers.Request, which has all of it",
    "BaseRequest AcceptMixin AuthorizationMixin"
    " CommonRequestDescriptorsMixin CORSRequestMixin ETagRequestMixin"
    " UserAgentMixin",
) | alike(
    "werkzeug.wrappers.Response, which has all of it",
    "BaseResponse CommonResponseDescriptorsMixin CORSResponseMixin"
    " ETagResponseMixin ResponseStreamMixin WWWAuthenticateMixin",
)
_STREAM_ONLY = {
    "StreamOnlyMixin": "a request_class with want_form_data_parsed = False",
    "PlainRequest": "a request_class with want_form_data_parsed = False",
}
USER_AGENT = {
    "UserAgent": "werkzeug.user_agent.UserAgent, and a package that knows browsers",
    "UserAgentParser": "a package that knows browsers, such as ua-parser",
}
GROUPS: tuple[Group, ...] = (
    _at_root("werkzeug.exceptions", "Aborter abort"),
    _at_root("werkzeug.test", "EnvironBuilder create_environ run_wsgi_app"),
    _at_root("werkzeug.testapp", "test_app"),
    _at_root("werkzeug.debug", "DebuggedApplication"),
    _at_root("werkzeug.security", "check_password_hash generate_password_hash"),
    _at_root("werkzeug.formparser", "parse_form_data"),
    _at_root(
        "werkzeug.local", "Local LocalManager LocalProxy LocalStack release_local"
    ),
    _at_root("werkzeug.middleware.dispatcher", "DispatcherMiddleware"),
    _at_root("werkzeug.middleware.shared_data", "SharedDataMiddleware"),
    _at_root("werkzeug.urls", "iri_to_uri uri_to_iri"),
    _at_root(
        "werkzeug.utils",
        "append_slash_redirect cached_property environ_property find_modules"
        " header_property import_string redirect secure_filename",
    ),
    _at_root(
        "werkzeug.wsgi",
        "ClosingIterator FileWrapper LimitedStream get_current_url get_host responder",
    ),
    _at_root(
        "werkzeug.datastructures",
        "Accept Authorization CallbackDict CharsetAccept CombinedMultiDict ETags"
        " EnvironHeaders FileMultiDict FileStorage HeaderSet Headers ImmutableDict"
        " ImmutableList ImmutableMultiDict ImmutableTypeConversionDict LanguageAccept"
        " MIMEAccept MultiDict RequestCacheControl ResponseCacheControl"
        " TypeConversionDict WWWAuthenticate",
    ),
    _at_root(
        "werkzeug.http",
        "HTTP_STATUS_CODES dump_cookie dump_header dump_options_header generate_etag"
        " http_date is_entity_header is_hop_by_hop_header is_resource_modified"
        " parse_accept_header parse_cache_control_header parse_cookie parse_date"
        " parse_dict_header parse_etags parse_list_header parse_options_header"
        " parse_set_header quote_etag quote_header_value remove_entity_headers"
        " remove_hop_by_hop_headers unquote_etag unquote_header_value",
    ),
    Group("werkzeug", "0.1", "Werkzeug 1.0", ".urls", _URLS),
    Group("werkzeug", "0.1", "Werkzeug 1.0", ".utils", _UTILS),
    Group("werkzeug", "0.1", "Werkzeug 1.0", ".wrappers", MIXINS),
    Group("werkzeug", "0.1", "Werkzeug 1.0", ".wsgi", _WSGI | _WSGI_MORE),
    Group("werkzeug", "0.1", "Werkzeug 1.0", ".useragents", USER_AGENT),
    Group(
        "werkzeug",
        "0.1",
        "Werkzeug 1.0",
        ".http",
        {
            "cookie_date": "werkzeug.http.http_date(value)",
            "parse_authorization_header": (
                "werkzeug.datastructures.Authorization.from_header(value)"
            ),
            "parse_www_authenticate_header": (
                "werkzeug.datastructures.WWWAuthenticate.from_header(value)"
            ),
        },
    ),
    Group(
        "werkzeug",
        "0.1",
        "Werkzeug 3.1",
        ".compat",
        {"__version__": "importlib.metadata.version('werkzeug')"},
    ),
    Group(
        "werkzeug.urls",
        "0.1",
        "Werkzeug 3.0",
        ".urls",
        _URLS
        | {
            "BaseURL": "urllib.parse.SplitResult",
            "URL": "urllib.parse.SplitResult",
        },
    ),
    Group(
        "werkzeug.utils",
        "0.1",
        "Werkzeug 2.1",
        ".utils",
        {name: text for name, text in _UTILS.items() if name != "escape"}
        | {
            "detect_utf_encoding": "json.detect_encoding(data)",
            "invalidate_cached_property": "del obj.name",
        },
    ),
    Group(
        "werkzeug.utils",
        "0.1",
        "Werkzeug 1.0",
        "werkzeug.http",
        plain("dump_cookie parse_cookie"),
    ),
    Group(
        "werkzeug.http",
        "0.1",
        "Werkzeug 3.0",
        ".http",
        {
            "cookie_date": "werkzeug.http.http_date(value)",
            "parse_authorization_header": (
                "werkzeug.datastructures.Authorization.from_header(value)"
            ),
            "parse_www_authenticate_header": (
                "werkzeug.datastructures.WWWAuthenticate.from_header(value)"
            ),
        },
    ),
    Group(
        "werkzeug.http",
        "0.1",
        "Werkzeug 1.0",
        "werkzeug.datastructures",
        plain("Headers CharsetAccept LanguageAccept MIMEAccept TypeConversionDict"),
    ),
    Group("werkzeug.wsgi", "0.1", "Werkzeug 2.3", ".wsgi", _WSGI),
    Group("werkzeug.wsgi", "0.1", "Werkzeug 3.0", ".wsgi", _WSGI_MORE),
    Group(
        "werkzeug.wsgi",
        "0.1",
        "Werkzeug 1.0",
        "werkzeug.middleware.dispatcher",
        plain("DispatcherMiddleware"),
    ),
    Group(
        "werkzeug.wsgi",
        "0.1",
        "Werkzeug 1.0",
        "werkzeug.middleware.shared_data",
        plain("SharedDataMiddleware"),
    ),
    Group(
        "werkzeug.wsgi",
        "0.14",
        "Werkzeug 1.0",
        "werkzeug.middleware.http_proxy",
        plain("ProxyMiddleware"),
    ),
    Group(
        "werkzeug.security",
        "0.7",
        "Werkzeug 2.1",
        ".security",
        {
            "pbkdf2_bin": "hashlib.pbkdf2_hmac(...)",
            "pbkdf2_hex": "hashlib.pbkdf2_hmac(...).hex()",
            "safe_str_cmp": "hmac.compare_digest(a, b)",
        },
    ),
    Group(
        "werkzeug.local",
        "0.6",
        "Werkzeug 2.1",
        "insula.local",
        {"get_ident": "contextvars.ContextVar, which needs no identity"},
    ),
    Group(
        "werkzeug.exceptions",
        "0.1",
        "Werkzeug 2.0",
        "werkzeug.utils",
        plain("redirect"),
    ),
    Group(
        "werkzeug.routing",
        "0.1",
        "Werkzeug 2.2",
        ".routing",
        {
            "DEFAULT_CONVERTERS": "Map.default_converters",
            "parse_rule": "Rule's own parts: rule.arguments, rule._trace",
        },
    ),
    Group(
        "werkzeug.routing",
        "0.1",
        "Werkzeug 2.2",
        "werkzeug.exceptions",
        plain("BadHost BadRequest HTTPException MethodNotAllowed NotFound"),
    ),
    Group(
        "werkzeug.routing",
        "0.1",
        "Werkzeug 2.2",
        "werkzeug.routing.converters",
        plain("NumberConverter"),
    ),
    Group(
        "werkzeug.serving",
        "0.1",
        "Werkzeug 2.1",
        "werkzeug._reloader",
        {"run_with_reloader": "the option use_reloader of run_simple"},
    ),
    Group(
        "werkzeug.serving",
        "0.1",
        "Werkzeug 2.0",
        ".compat",
        {"BaseRequestHandler": "werkzeug.serving.WSGIRequestHandler"},
    ),
    Group(
        "werkzeug.debug.tbtools",
        "0.1",
        "Werkzeug 2.1",
        ".tracebacks",
        {"get_current_traceback": "werkzeug.debug.tbtools.DebugTraceback(exc)"},
    ),
    Group(
        "werkzeug.debug",
        "0.1",
        "Werkzeug 2.1",
        ".tracebacks",
        {"get_current_traceback": "werkzeug.debug.tbtools.DebugTraceback(exc)"},
    ),
    Group("werkzeug.wrappers", "0.1", "Werkzeug 2.1", ".wrappers", MIXINS),
    Group("werkzeug.wrappers", "0.1", "Werkzeug 2.1", ".wrappers", _STREAM_ONLY),
)
"""All of them."""
