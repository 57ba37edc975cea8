"""The names of classes; as `table_package`."""

from __future__ import annotations

__all__ = ["ROWS"]

ROWS = """\
flask.Flask.before_first_request 0.8 2.3
    .application:before_first_request
    set up before you serve: in the factory, or when the module is imported.
flask.Flask.before_first_request_funcs 0.8 2.3
    .first:before_first_request_funcs
    set up before you serve: in the factory, or when the module is imported.
flask.Flask.try_trigger_before_first_request_functions 0.8 2.2
    .application:trigger_first
    call what it is to call.
flask.Flask._is_setup_finished 2.0 2.2
    .application:is_setup_finished
    leave it out: register before the application is served.
flask.Flask.got_first_request 0.8 3.0
    .first:got_first_request
    leave it out: register before the application is served.
flask.Flask.json_encoder 0.10 2.3
    .encoders:json_encoder
    subclass flask.json.provider.DefaultJSONProvider; set app.json.
flask.Flask.json_decoder 0.10 2.3
    .encoders:json_decoder
    subclass flask.json.provider.DefaultJSONProvider; set app.json.
flask.Flask.env 1.0 2.3
    .settings:env
    read app.debug; keep such a name in a key of your own.
flask.Flask.session_cookie_name 0.1 2.3
    .settings:session_cookie_name
    use app.config['SESSION_COOKIE_NAME'].
flask.Flask.send_file_max_age_default 0.11 2.3
    .settings:send_file_max_age_default
    use app.config['SEND_FILE_MAX_AGE_DEFAULT'].
flask.Flask.use_x_sendfile 0.2 2.3
    .settings:use_x_sendfile
    use app.config['USE_X_SENDFILE'].
flask.Flask.propagate_exceptions 0.7 2.3
    .settings:propagate_exceptions
    use app.config['PROPAGATE_EXCEPTIONS'].
flask.Flask.preserve_context_on_exception 0.7 2.2
    .settings:preserve_context
    leave it out: contexts end with the request.
flask.Flask.templates_auto_reload 1.0 2.3
    .settings:templates_auto_reload
    use app.config['TEMPLATES_AUTO_RELOAD'].
flask.Flask.logger_name 0.4 1.0
    .logs:logger_name
    use app.name, or logging.getLogger(name).
flask.Flask.debug_log_format 0.3 0.11
    .logs:debug_log_format
    set up logging with logging.config.dictConfig.
flask.Flask.request_globals_class 0.9 1.0
    .settings:request_globals_class
    set app_ctx_globals_class.
flask.Flask.error_handlers 0.1 1.0
    .errors:error_handlers
    call app.register_error_handler(code, f).
flask.Flask._register_error_handler 0.7 2.0
    .errors:register_error_handler
    call app.register_error_handler(code, f).
flask.Flask._blueprint_order 0.11 2.0
    .errors:blueprint_order
    use app.iter_blueprints().
flask.Flask.init_jinja_globals 0.5 1.0
    .application:init_jinja_globals
    change app.jinja_env.globals.
flask.Flask.enable_modules 0.7 0.11
    .constants:ENABLE_MODULES
    use blueprints.
flask.Flask.modules 0.5 0.11
    .module:modules
    use app.blueprints.
flask.Flask.register_module 0.2 0.11
    .module:register_module
    use app.register_blueprint(blueprint).
flask.Flask.static_path 0.1 0.7
    .settings:static_path
    use app.static_url_path.
flask.Flask.open_session 0.1 2.0
    .sessions:open_session
    call app.session_interface.open_session(app, request).
flask.Flask.save_session 0.1 2.0
    .sessions:save_session
    call app.session_interface.save_session(app, session, response).
flask.Flask.make_null_session 0.8 2.0
    .sessions:make_null_session
    call app.session_interface.make_null_session(app).
flask.Blueprint.before_app_first_request 0.8 2.3
    .application:before_app_first_request
    set up where the blueprint is registered: bp.record_once(f).
flask.Blueprint.json_encoder 1.0 2.3
    .encoders:blueprint_encoder
    serialize in the view with app.json.dumps(obj, default=…).
flask.Blueprint.json_decoder 1.0 2.3
    .encoders:blueprint_decoder
    parse in the view with json.loads(request.data).
flask.Blueprint.warn_on_modifications 0.7 2.2
    .application:warn_on_modifications
    leave it out: it is told whenever it is too late.
flask.Blueprint._is_setup_finished 2.0 2.2
    .application:is_blueprint_finished
    leave it out.
flask.Config.from_json 0.11 2.1
    .settings:from_json
    use app.config.from_file(filename, json.load).
flask.Request.module 0.2 1.0
    .wrapped:module
    use request.blueprint.
flask.Request._is_old_module 0.7 1.0
    .module:is_old_module
    use blueprints.
flask.Request.is_xhr 0.1 1.0
    .wrapped:is_xhr
    look at the field X-Requested-With yourself.
flask.Request.charset 0.1 3.0
    .wrapped:request_charset
    leave it out: text is UTF-8.
flask.Response.charset 0.1 3.0
    .wrapped:response_charset
    leave it out: text is UTF-8.
flask.ctx.RequestContext.preserved 0.8 2.2
    .contexts:preserved
    leave it out: contexts end with the request.
flask.ctx.RequestContext.preserve 0.7 2.2
    .contexts:preserve
    push the context again, with ctx.
flask.ctx.RequestContext.auto_pop 0.10 2.2
    .contexts:auto_pop
    call ctx.pop().
flask.ctx.RequestContext._preserved_exc 0.10 2.2
    .contexts:preserved_exc
    leave it out: contexts end with the request.
flask.ctx.RequestContext._implicit_app_ctx_stack 0.9 2.2
    .contexts:implicit_contexts
    leave it out.
flask.ctx.AppContext._refcnt 0.9 2.2
    .contexts:refcnt
    leave it out.
"""
