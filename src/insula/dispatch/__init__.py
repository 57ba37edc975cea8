"""The life of a request.

::

    app(environ, start_response)
      wsgi_app                       a Context of its own            pipeline
        request_context, push        match the URL                   matching
        full_dispatch_request        before_first_request            first
          preprocess_request         url_value_preprocessors, before_request
          dispatch_request           the view
          handle_user_exception      error handlers                  errors
          finalize_request           make_response                   result
            process_response         after_request, the session saved
        handle_exception             what nobody handled             errors
        response(environ, start_response)
        pop                          teardown
      the body, step by step         in the same Context             streaming

A request to which nobody has anything to add (no hook, no receiver of a signal, no step
overridden, a view that returns text) takes the same way in one function: `short`.

Around it: `asgi`, the same life on an event loop; `sockets`, that of a WebSocket;
`lasting`, what outlives requests; `loops`, on what threads and loops code runs.

Rules of this floor:

* Every step is a method of the application under Flask's name. Overriding or replacing
  one just works: the short way is left as soon as it would skip something.
* Each step first asks whether it has anything to do. Registrations are read where
  users write to them (``app.before_request_funcs`` and its siblings); nothing that is
  decided from them is kept, but for what is checked against them at every use.
* A request runs in a :class:`contextvars.Context` of its own, and so does each
  step of a streamed body: whatever is set there is never seen by the thread's next
  request. ``copy_context().run`` costs about 0.1 µs.
* What ends a request (teardown) runs exactly once, on every exit.
"""

from insula.dispatch.asgi.entry import AsgiWay
from insula.dispatch.streaming import stream_with_context

__all__ = ["AsgiWay", "stream_with_context"]
