"""The interface of Flask-Script 2.0: a manager, and commands that are added to it.

Theory of operation
-------------------
A :class:`~insula.manage.script.manager.Manager` is a tree of ``argparse`` parsers, one
for each command and each manager below it. A command line is a path down that tree.
Each step of the path has its own options, read into a namespace of its own; then the
path is walked: the manager at the top is called with its options and returns the
application, each manager below is called with that and may return another, and the
command at the end runs in the application's context.

Rules: what 2.0 documents holds, the order and the names of arguments included, since
programs override these methods; where it only failed, this is free to do better.

Sources: the documentation of Flask-Script 2.0; "argparse" of Python's documentation.
"""
