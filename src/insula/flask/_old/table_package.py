"""The names of Flask itself and of the modules that it is made of.

Of each row three lines: name, since, removed; home, where ``.`` is this package; what
to write instead.
"""

from __future__ import annotations

__all__ = ["ROWS"]

ROWS = """\
flask.Markup 0.1 3.0
    markupsafe:Markup
    import Markup from markupsafe.
flask.escape 0.1 3.0
    markupsafe:escape
    import escape from markupsafe.
flask.safe_join 0.7 2.1
    .paths:safe_join
    use werkzeug.utils.safe_join, which returns None where this raises NotFound.
flask.Module 0.2 0.11
    .module:Module
    use flask.Blueprint(name, import_name).
flask.Session 0.2 1.1
    insula.sessions:SecureCookieSession
    use flask.sessions.SecureCookieSession.
flask.json_available 0.2 2.0
    .constants:JSON_AVAILABLE
    leave it out: there always is JSON.
flask.signals_available 0.6 3.0
    .constants:SIGNALS_AVAILABLE
    leave it out: there always are signals.
flask._request_ctx_stack 0.1 3.0
    insula.context.stacks:request_stack
    import request_ctx of flask.globals, or keep what you hang on it in flask.g.
flask._app_ctx_stack 0.9 3.0
    insula.context.stacks:app_stack
    import app_ctx of flask.globals, or keep what you hang on it in flask.g.
flask.globals._request_ctx_stack 0.5 3.0
    insula.context.stacks:request_stack
    import request_ctx of flask.globals, or keep what you hang on it in flask.g.
flask.globals._app_ctx_stack 0.9 3.0
    insula.context.stacks:app_stack
    import app_ctx of flask.globals, or keep what you hang on it in flask.g.
flask.app._request_ctx_stack 0.5 2.2
    insula.context.stacks:request_stack
    import request_ctx of flask.globals, or keep what you hang on it in flask.g.
flask.ctx._request_ctx_stack 0.5 2.2
    insula.context.stacks:request_stack
    import request_ctx of flask.globals, or keep what you hang on it in flask.g.
flask.ctx._app_ctx_stack 0.9 2.2
    insula.context.stacks:app_stack
    import app_ctx of flask.globals, or keep what you hang on it in flask.g.
flask.debughelpers._request_ctx_stack 0.11 2.2
    insula.context.stacks:request_stack
    import request_ctx of flask.globals, or keep what you hang on it in flask.g.
flask.globals._lookup_req_object 0.10 2.2
    .contexts:lookup_req_object
    use flask.globals.request_ctx.
flask.globals._lookup_app_object 0.10 2.2
    .contexts:lookup_app_object
    use flask.globals.app_ctx.
flask.globals._lookup_object 0.7 0.10
    .contexts:lookup_req_object
    use flask.globals.request_ctx.
flask.globals._find_app 0.9 2.2
    .contexts:find_app
    use flask.current_app.
flask.globals._request_ctx_err_msg 0.11 2.2
    insula.context.stacks:UNBOUND_REQUEST
    catch the RuntimeError, whatever it says.
flask.globals._app_ctx_err_msg 0.11 2.2
    insula.context.stacks:UNBOUND_APP
    catch the RuntimeError, whatever it says.
flask.ctx._RequestContext 0.5 0.7
    insula.context:RequestContext
    use flask.ctx.RequestContext.
flask.ctx._RequestGlobals 0.5 0.10
    insula.context:AppGlobals
    use flask.ctx._AppCtxGlobals.
flask.app._RequestGlobals 0.7 0.10
    insula.context:AppGlobals
    use flask.ctx._AppCtxGlobals.
flask.app._PackageBoundObject 0.5 2.0
    insula.app.registrar:Registrar
    use flask.sansio.scaffold.Scaffold.
flask.blueprints._PackageBoundObject 0.7 2.0
    insula.app.registrar:Registrar
    use flask.sansio.scaffold.Scaffold.
flask.app.Blueprint 2.0 3.0
    insula.app:Blueprint
    import Blueprint from flask.
flask.app.Config 0.5 3.0
    insula.app:Config
    import Config from flask.
flask.app.ConfigAttribute 0.5 3.0
    insula.app.config:ConfigAttribute
    import ConfigAttribute from flask.config.
flask.app.Scaffold 2.0 3.0
    insula.app.registrar:Registrar
    import Scaffold from flask.sansio.scaffold.
flask.app.setupmethod 0.8 3.0
    insula.app.registrar:setupmethod
    import setupmethod from flask.sansio.scaffold.
flask.app._endpoint_from_view_func 0.6 3.0
    insula.app.registrar:endpoint_from_view_func
    import it from flask.sansio.scaffold.
flask.app._AppCtxGlobals 0.10 3.0
    insula.context:AppGlobals
    import _AppCtxGlobals from flask.ctx.
flask.app.find_package 0.8 3.0
    insula.app.paths:find_package
    import find_package from flask.sansio.scaffold.
flask.app.DispatchingJinjaLoader 0.7 3.0
    insula.templating:DispatchingJinjaLoader
    import it from flask.templating.
flask.app._default_template_ctx_processor 0.5 2.0
    insula.app.templates:default_context
    import it from flask.templating.
flask.app.create_logger 1.0 3.0
    insula.app.log:create_logger
    import create_logger from flask.logging.
flask.app.url_for 0.5 2.2
    insula.shortcuts:url_for
    import url_for from flask.
flask.app.jsonify 1.1 2.2
    insula.shortcuts:jsonify
    import jsonify from flask.
flask.app.json 0.10 2.3
    .modules:json
    import json from flask.
flask.app.get_env 1.0 2.2
    .environment:get_env
    read app.debug.
flask.app.locked_cached_property 0.7 2.3
    .cached:locked_cached_property
    use werkzeug.utils.cached_property.
flask.app.default_exceptions 0.11 2.0
    werkzeug.exceptions:default_exceptions
    import it from werkzeug.exceptions.
flask.app.Map 0.5 3.0
    werkzeug.routing:Map
    import Map from werkzeug.routing.
flask.app.BadRequest 0.10 3.0
    werkzeug.exceptions:BadRequest
    import it from werkzeug.exceptions.
flask.app.MethodNotAllowed 0.6 2.0
    werkzeug.exceptions:MethodNotAllowed
    import it from werkzeug.exceptions.
flask.app.text_type 0.10 2.0
    .compat:text_type
    use str.
flask.app.string_types 0.10 2.0
    .compat:string_types
    use str.
flask.app.integer_types 0.10 2.0
    .compat:integer_types
    use int.
flask.app.reraise 0.10 2.0
    .compat:reraise
    raise error.with_traceback(traceback).
flask.app.update_wrapper 0.8 2.0
    functools:update_wrapper
    import update_wrapper from functools.
flask.blueprints.Scaffold 2.0 3.0
    insula.app.registrar:Registrar
    import Scaffold from flask.sansio.scaffold.
flask.blueprints._endpoint_from_view_func 0.7 3.0
    insula.app.registrar:endpoint_from_view_func
    import it from flask.sansio.scaffold.
flask.blueprints.setupmethod 2.2 3.0
    insula.app.registrar:setupmethod
    import setupmethod from flask.sansio.scaffold.
flask.cli.DispatchingApp 0.11 2.2
    .commands:DispatchingApp
    use the application itself.
flask.cli.call_factory 1.0 2.1
    .commands:call_factory
    call the factory.
flask.cli.get_env 1.0 2.2
    .environment:get_env
    read app.debug.
flask.cli.find_default_import_path 0.11 1.0
    .commands:find_default_import_path
    use flask.cli.ScriptInfo().load_app().
flask.cli.prepare_exec_for_file 0.11 1.0
    insula.cli.find:prepare_import
    use flask.cli.prepare_import.
flask.cli.dotenv 1.0 2.1
    .commands:dotenv
    import dotenv.
flask.ctx.reraise 0.11 2.0
    .compat:reraise
    raise error.with_traceback(traceback).
flask.ctx.BROKEN_PYPY_CTXMGR_EXIT 0.11 2.0
    .compat:BROKEN_PYPY_CTXMGR_EXIT
    leave it out.
flask.debughelpers.explain_ignored_app_run 1.0 2.2
    .commands:explain_ignored_app_run
    leave it out.
"""
