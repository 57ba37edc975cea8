"""The old modules, and the names of those that serve; as `table_package`."""

from __future__ import annotations

__all__ = ["ROWS"]

ROWS = """\
flask.helpers._request_ctx_stack 0.5 2.2
    insula.context.stacks:request_stack
    import request_ctx of flask.globals, or keep what you hang on it in flask.g.
flask.helpers._app_ctx_stack 0.9 2.2
    insula.context.stacks:app_stack
    import app_ctx of flask.globals, or keep what you hang on it in flask.g.
flask.templating._request_ctx_stack 0.5 2.2
    insula.context.stacks:request_stack
    import request_ctx of flask.globals, or keep what you hang on it in flask.g.
flask.templating._app_ctx_stack 0.10 2.2
    insula.context.stacks:app_stack
    import app_ctx of flask.globals, or keep what you hang on it in flask.g.
flask.testing._request_ctx_stack 0.5 2.2
    insula.context.stacks:request_stack
    import request_ctx of flask.globals, or keep what you hang on it in flask.g.
flask.logging._request_ctx_stack 0.11 1.0
    insula.context.stacks:request_stack
    import request_ctx of flask.globals, or keep what you hang on it in flask.g.
flask.wrappers._request_ctx_stack 0.6 1.0
    insula.context.stacks:request_stack
    import request_ctx of flask.globals, or keep what you hang on it in flask.g.
flask.helpers._PackageBoundObject 0.5 2.0
    insula.app.registrar:Registrar
    use flask.sansio.scaffold.Scaffold.
flask.helpers.safe_join 0.7 2.1
    .paths:safe_join
    use werkzeug.utils.safe_join, which returns None where this raises NotFound.
flask.helpers.total_seconds 0.11 2.1
    .constants:total_seconds
    use timedelta.total_seconds().
flask.helpers.get_env 1.0 2.3
    .environment:get_env
    read app.debug.
flask.helpers.locked_cached_property 0.7 3.0
    .cached:locked_cached_property
    use werkzeug.utils.cached_property.
flask.helpers.cached_property 0.5 0.7
    werkzeug.utils:cached_property
    import cached_property from werkzeug.utils.
flask.helpers.is_ip 1.0 3.0
    .paths:is_ip
    use ipaddress.ip_address().
flask.helpers.find_package 0.8 2.0
    insula.app.paths:find_package
    import find_package from flask.sansio.scaffold.
flask.helpers._find_package_path 1.0 2.0
    insula.app.paths:_package_path
    import it from flask.sansio.scaffold.
flask.helpers.json 0.5 0.10
    .modules:json
    import json from flask.
flask.helpers.json_available 0.5 0.10
    .constants:JSON_AVAILABLE
    leave it out: there always is JSON.
flask.helpers.jsonify 0.5 0.10
    insula.shortcuts:jsonify
    import jsonify from flask.
flask.helpers._tojson_filter 0.5 0.10
    .encoders:htmlsafe_dumps
    use jinja2.utils.htmlsafe_json_dumps.
flask.helpers._assert_have_json 0.5 0.10
    .constants:assert_have_json
    leave it out: there always is JSON.
flask.helpers.url_quote 0.9 2.2
    urllib.parse:quote
    use urllib.parse.quote.
flask.helpers.Headers 0.5 2.0
    werkzeug.datastructures:Headers
    import Headers from werkzeug.datastructures.
flask.helpers.BuildError 0.9 2.2
    werkzeug.routing:BuildError
    import BuildError from werkzeug.routing.
flask.helpers.NotFound 0.5 2.1
    werkzeug.exceptions:NotFound
    import NotFound from werkzeug.exceptions.
flask.helpers.BadRequest 0.11 2.0
    werkzeug.exceptions:BadRequest
    import BadRequest from werkzeug.exceptions.
flask.helpers.FileSystemLoader 0.5 2.0
    jinja2:FileSystemLoader
    import FileSystemLoader from jinja2.
flask.helpers.wrap_file 0.5 2.0
    werkzeug.wsgi:wrap_file
    import wrap_file from werkzeug.wsgi.
flask.helpers.is_resource_modified 0.5 0.7
    werkzeug.http:is_resource_modified
    import it from werkzeug.http.
flask.helpers.text_type 0.10 2.0
    .compat:text_type
    use str.
flask.helpers.string_types 0.10 2.0
    .compat:string_types
    use str.
flask.helpers.PY2 1.0 2.0
    .compat:PY2
    leave it out: it is False.
flask.helpers.RLock 0.7 3.0
    threading:RLock
    import RLock from threading.
flask.json.JSONEncoder 0.10 2.3
    .encoders:JSONEncoder
    subclass flask.json.provider.DefaultJSONProvider; set app.json.
flask.json.JSONDecoder 0.10 2.3
    .encoders:JSONDecoder
    subclass flask.json.provider.DefaultJSONProvider; set app.json.
flask.json.htmlsafe_dumps 0.10 2.3
    .encoders:htmlsafe_dumps
    use jinja2.utils.htmlsafe_json_dumps.
flask.json.htmlsafe_dump 0.10 2.3
    .encoders:htmlsafe_dump
    write jinja2.utils.htmlsafe_json_dumps(obj).
flask.json.tojson_filter 0.10 2.0
    .encoders:htmlsafe_dumps
    use jinja2.utils.htmlsafe_json_dumps.
flask.json._dump_arg_defaults 0.10 2.2
    .encoders:dump_arg_defaults
    call app.json.dumps.
flask.json._load_arg_defaults 0.10 2.2
    .encoders:load_arg_defaults
    call app.json.loads.
flask.json.detect_encoding 0.12 2.0
    json:detect_encoding
    use json.detect_encoding.
flask.json.text_type 0.10 2.0
    .compat:text_type
    use str.
flask.json.http_date 0.10 2.2
    werkzeug.http:http_date
    import http_date from werkzeug.http.
flask.json.request 0.10 2.2
    insula.proxies:request
    import request from flask.
flask.json.Markup 0.10 2.0
    markupsafe:Markup
    import Markup from markupsafe.
flask.logging.DEBUG_LOG_FORMAT 0.11 1.0
    .logs:DEBUG_LOG_FORMAT
    set up logging with logging.config.dictConfig.
flask.logging.PROD_LOG_FORMAT 0.11 1.0
    .logs:PROD_LOG_FORMAT
    set up logging with logging.config.dictConfig.
flask.logging._proxy_stream 0.11 1.0
    insula.app.log:wsgi_errors_stream
    use flask.logging.wsgi_errors_stream.
flask.logging._has_config 1.1 2.0
    .logs:has_config
    use flask.logging.has_level_handler.
flask.logging._should_log_for 0.11 1.0
    .logs:should_log_for
    set the levels of loggers and handlers.
flask.sessions.total_seconds 0.10 2.0
    .constants:total_seconds
    use timedelta.total_seconds().
flask.sessions.is_ip 1.0 2.3
    .paths:is_ip
    use ipaddress.ip_address().
flask.sessions.json 0.10 1.0
    .modules:json
    import json from flask.
flask.sessions.Markup 0.10 1.0
    markupsafe:Markup
    import Markup from markupsafe.
flask.sessions.text_type 0.10 1.0
    .compat:text_type
    use str.
flask.sessions.iteritems 0.10 1.0
    .compat:iteritems
    use mapping.items().
flask.signals.signals_available 0.6 3.0
    .constants:SIGNALS_AVAILABLE
    leave it out: there always are signals.
flask.signals._FakeSignal 0.6 2.3
    .constants:FakeSignal
    leave it out: there always are signals.
flask.templating._DispatchingJinjaLoader 0.5 0.7
    insula.templating:DispatchingJinjaLoader
    use flask.templating.DispatchingJinjaLoader.
flask.templating.FileSystemLoader 0.5 0.6
    jinja2:FileSystemLoader
    import FileSystemLoader from jinja2.
flask.templating.blueprint_is_module 0.7 0.11
    .module:blueprint_is_module
    use blueprints.
flask.testing.make_test_environ_builder 0.8 2.0
    .clients:make_test_environ_builder
    use flask.testing.EnvironBuilder.
flask.testing.json_dumps 1.0 2.2
    insula.json:dumps
    use app.json.dumps.
flask.testing.url_parse 0.10 2.2
    urllib.parse:urlsplit
    use urllib.parse.urlsplit.
flask.typing.GenericException 2.0 2.1
    .types:GenericException
    use Exception.
flask.typing.HeaderName 2.0 2.1
    .types:HeaderName
    use str.
flask.typing.StatusCode 2.0 2.1
    .types:StatusCode
    use int.
flask.typing.ErrorHandlerDecorator 2.1 2.2
    .types:ErrorHandlerDecorator
    use a TypeVar bound to flask.typing.ErrorHandlerCallable.
flask.typing.RouteDecorator 2.1 2.2
    .types:RouteDecorator
    use a TypeVar bound to flask.typing.RouteCallable.
flask.typing.ViewCallable 2.1 2.2
    insula._core.types:RouteCallable
    use flask.typing.RouteCallable.
flask.views.MethodViewType 0.7 2.2
    .views:MethodViewType
    leave it out: flask.views.MethodView is a plain class.
flask.views.with_metaclass 0.10 2.0
    .compat:with_metaclass
    write class Name(Base, metaclass=Meta).
flask.wrappers.JSONMixin 1.0 2.0
    .wrapped:JSONMixin
    leave it out: flask.Request and flask.Response have it.
flask.wrappers._JSONMixin 1.1 2.0
    .wrapped:JSONMixin
    leave it out: flask.Request and flask.Response have it.
flask.wrappers._get_data 0.10 1.0
    .wrapped:get_data
    call request.get_data().
flask.wrappers._missing 0.10 1.0
    .wrapped:MISSING
    use an object() of your own.
flask.wrappers.cached_property 0.5 0.10
    werkzeug.utils:cached_property
    import cached_property from werkzeug.utils.
flask.wrappers.JSONBadRequest 0.9 0.10
    .exceptions:JSONBadRequest
    use werkzeug.exceptions.BadRequest.
flask._compat 0.10 2.0
    .compat
    write for Python 3 alone.
flask.exceptions 0.9 0.10
    .exceptions
    use werkzeug.exceptions.
flask.ext 0.8 1.0
    .ext
    import the package: flask_login for flask.ext.login.
flask.exthook 0.8 1.0
    .exthook
    import the packages of extensions by their own names.
flask.module 0.5 0.11
    .module
    use flask.Blueprint.
flask.scaffold 2.0 3.0
    .scaffold
    import from flask.sansio.scaffold.
"""
