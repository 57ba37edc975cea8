"""A request under ASGI.

::

    app(scope, receive, send)
      asgi_app                       by the type of the scope        entry
        answer_http                  all in one function, or         short_task
        answer_in_steps              the body, the Context, the way  exchange
          the task way               awaited on the server's loop    tasks
          the thread way             the pipeline, on a thread       exchange
        what comes of the body       as the messages bring it        incoming
        what goes out                as messages                     outgoing
          an asynchronous body       in its request's Context        async_streams

Nothing of this is imported before the first scope comes but `entry`.
"""
