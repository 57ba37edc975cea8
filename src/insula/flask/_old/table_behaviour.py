"""Parameters, settings and events; as `table_package`."""

from __future__ import annotations

__all__ = ["ROWS"]

ROWS = """\
flask.Flask(static_path=) 0.2 1.0
    .parameters:make_app
    use static_url_path=.
flask.send_file(filename_or_fp=) 0.2 2.2
    .files:renamed
    use path_or_file=.
flask.send_file(attachment_filename=) 0.2 2.2
    .files:renamed
    use download_name=.
flask.send_file(cache_timeout=) 0.2 2.2
    .files:renamed
    use max_age=.
flask.send_file(add_etags=) 0.2 2.2
    .files:renamed
    use etag=.
flask.send_from_directory(filename=) 0.5 2.2
    .files:renamed
    use path=.
flask.json.dumps(app=) 1.0 2.3
    .encoders:dumps
    call app.json.dumps.
flask.json.dumps(encoding=) 0.10 2.1
    .encoders:dumps
    encode what it returns.
flask.json.dump(app=) 1.0 2.3
    .encoders:dump
    call app.json.dump.
flask.json.dump(encoding=) 0.10 2.1
    .encoders:dump
    open the file as text, in that encoding.
flask.json.loads(app=) 1.0 2.3
    .encoders:loads
    call app.json.loads.
flask.json.loads(encoding=) 0.10 2.1
    .encoders:loads
    decode the document first.
flask.json.load(app=) 1.0 2.3
    .encoders:load
    call app.json.load.
flask.json.load(encoding=) 0.10 2.1
    .encoders:load
    open the file as text, in that encoding.
flask.Blueprint.register(first_registration=) 0.7 2.0
    .parameters:register
    leave it out.
flask.cli.FlaskGroup(create_app=f(script_info)) 0.11 2.1
    .commands:with_script_info
    take no argument; use @click.pass_obj in commands.
flask.cli.find_best_app(script_info) 1.0 2.1
    .commands:find_best_app
    leave script_info out.
flask.cli.find_app_by_string(script_info) 1.0 2.1
    .commands:find_app_by_string
    leave script_info out.
flask.cli.locate_app(script_info) 1.0 2.1
    .commands:locate_app
    leave script_info out.
flask.cli.show_server_banner(env,eager_loading) 1.0 2.2
    .commands:show_server_banner
    call show_server_banner(debug, app_import_path).
flask.cli.main(as_module=) 0.11 2.0
    .parameters:WRAPPERS
    leave it out.
flask.run(--eager-loading) 0.11 2.2
    .commands:eager_option
    leave it out: the application is loaded at once.
app.error_handler_spec[None][code]=f 0.7 0.11
    .attach:attach
    call app.register_error_handler(code, f).
setup-method-after-first-request 0.1 2.2
    .parameters:check_app
    register before the application is served.
blueprint-registered-twice 0.7 2.1
    .parameters:register
    give the second registration a name=.
setup-method-after-registration 0.7 2.3
    .parameters:check_blueprint
    register before the blueprint is registered.
FLASK_ENV 1.0 2.3
    .environment:read_environment
    set FLASK_DEBUG=1 for debug mode.
app.config[JSON_AS_ASCII] 0.10 2.3
    .settings:KEYS
    set app.json.ensure_ascii.
app.config[JSON_SORT_KEYS] 0.10 2.3
    .settings:KEYS
    set app.json.sort_keys.
app.config[JSONIFY_PRETTYPRINT_REGULAR] 0.10 2.3
    .settings:KEYS
    set app.json.compact.
app.config[JSONIFY_MIMETYPE] 0.11 2.3
    .settings:KEYS
    set app.json.mimetype.
app.config[ENV] 1.0 2.3
    .settings:KEYS
    read app.debug; keep such a name in a key of your own.
app.config[PRESERVE_CONTEXT_ON_EXCEPTION] 0.7 2.2
    .settings:KEYS
    leave it out: contexts end with the request.
app.config[LOGGER_NAME] 0.3 1.0
    .settings:KEYS
    use app.name, or logging.getLogger(name).
app.config[LOGGER_HANDLER_POLICY] 0.11 1.0
    .settings:KEYS
    set up logging with logging.config.dictConfig.
"""
