"""Old names of modules that are in Werkzeug no more.

Sources: the changelogs of Werkzeug, 0.15 to 2.1.
"""

from __future__ import annotations

from insula.flask._bygone.group import Group, alike, plain
from insula.flask._bygone.of_werkzeug import MIXINS, USER_AGENT

__all__ = ["GROUPS"]

_JSON_MIXIN = {"JSONMixin": "werkzeug.wrappers.Request and Response, which have it"}
_CACHES = alike(
    "cachelib, which has the classes",
    "BaseCache FileSystemCache MemcachedCache NullCache RedisCache SimpleCache",
) | {"GAEMemcachedCache": "a cache of your platform's own client"}


def _part_of_wrappers(module: str, names: str) -> Group:
    said = MIXINS | _JSON_MIXIN
    return Group(
        f"werkzeug.wrappers.{module}",
        "0.15",
        "Werkzeug 2.1",
        ".wrappers",
        {name: said[name] for name in names.split()},
    )


def _contrib(
    module: str, names: dict[str, str], home: str | None = None, removed: str = "1.0"
) -> Group:
    return Group(
        f"werkzeug.contrib.{module}",
        "0.5",
        f"Werkzeug {removed}",
        home or f".contrib.{module}",
        names,
    )


GROUPS: tuple[Group, ...] = (
    _part_of_wrappers("accept", "AcceptMixin"),
    _part_of_wrappers("auth", "AuthorizationMixin WWWAuthenticateMixin"),
    _part_of_wrappers("base_request", "BaseRequest"),
    _part_of_wrappers("base_response", "BaseResponse"),
    _part_of_wrappers(
        "common_descriptors",
        "CommonRequestDescriptorsMixin CommonResponseDescriptorsMixin",
    ),
    _part_of_wrappers("cors", "CORSRequestMixin CORSResponseMixin"),
    _part_of_wrappers("etag", "ETagRequestMixin ETagResponseMixin"),
    _part_of_wrappers("json", "JSONMixin"),
    _part_of_wrappers("user_agent", "UserAgentMixin"),
    Group("werkzeug.useragents", "0.1", "Werkzeug 2.1", ".useragents", USER_AGENT),
    Group(
        "werkzeug.useragents",
        "0.1",
        "Werkzeug 1.0",
        ".wrappers",
        {"UserAgentMixin": MIXINS["UserAgentMixin"]},
    ),
    Group(
        "werkzeug._compat",
        "0.9",
        "Werkzeug 2.0",
        ".compat",
        alike(
            "Python 3's own, which needs no layer between",
            "BytesIO NativeStringIO PY2 StringIO WIN fix_tuple_repr get_ident"
            " implements_bool implements_iterator implements_to_string imap"
            " int_to_byte integer_types iter_bytes iteritems iterkeys iterlists"
            " iterlistvalues itervalues izip make_literal_wrapper"
            " native_string_result normalize_string_tuple range_type reraise"
            " string_types text_type to_bytes to_native to_unicode try_coerce_native"
            " unichr wsgi_decoding_dance wsgi_encoding_dance wsgi_get_bytes",
        ),
    ),
    Group(
        "werkzeug.posixemulation",
        "0.9",
        "Werkzeug 2.0",
        ".compat",
        {
            "can_open_by_fd": "os.name == 'posix'",
            "can_rename_open_file": "os.name == 'posix'",
            "rename": "os.replace(src, dst)",
        },
    ),
    Group(
        "werkzeug.filesystem",
        "0.11",
        "Werkzeug 2.1",
        ".compat",
        {
            "BrokenFilesystemWarning": "none: the encoding is UTF-8",
            "get_filesystem_encoding": "sys.getfilesystemencoding()",
            "has_likely_buggy_unicode_filesystem": "none: the encoding is UTF-8",
        },
    ),
    _contrib("cache", _CACHES),
    _contrib(
        "fixers",
        {"ProxyFix": "werkzeug.middleware.proxy_fix.ProxyFix(app, x_for=1)"}
        | alike(
            "a small WSGI middleware of your own",
            "CGIRootFix HeaderRewriterFix InternetExplorerFix LighttpdCGIRootFix"
            " PathInfoFromRequestUriFix",
        ),
    ),
    _contrib(
        "atom",
        alike(
            "a package that writes feeds, such as feedgen",
            "AtomFeed FeedEntry",
        ),
    ),
    _contrib(
        "iterio",
        alike(
            "an iterator or io.BytesIO",
            "IterI IterIO IterO",
        ),
    ),
    _contrib(
        "lint",
        plain("HTTPWarning LintMiddleware WSGIWarning"),
        "werkzeug.middleware.lint",
    ),
    _contrib("profiler", plain("ProfilerMiddleware"), "werkzeug.middleware.profiler"),
    _contrib(
        "profiler",
        {"MergeStream": "one stream, such as a logger's"},
        ".contrib.wrappers",
    ),
    _contrib("limiter", {"StreamLimitMiddleware": "MAX_CONTENT_LENGTH"}, None, "0.15"),
    _contrib(
        "securecookie",
        {
            "SecureCookie": "itsdangerous.URLSafeTimedSerializer",
            "UnquoteError": "itsdangerous.BadSignature",
        },
    ),
    _contrib(
        "sessions",
        alike(
            "flask.session, or Flask-Session",
            "FilesystemSessionStore ModificationTrackingDict Session"
            " SessionMiddleware SessionStore generate_key",
        ),
    ),
    _contrib(
        "testtools",
        {
            "ContentAccessors": "response.json, and a parser of your own",
            "TestResponse": "werkzeug.test.TestResponse",
        },
        None,
        "1.0",
    ),
    _contrib(
        "wrappers",
        {
            "JSONRequestMixin": "request.get_json()",
            "ProtobufRequestMixin": "message.ParseFromString(request.data)",
            "ReverseSlashBehaviorRequestMixin": "request.path",
            "RoutingArgsRequestMixin": "request.view_args",
        },
    ),
)
"""All of them."""
