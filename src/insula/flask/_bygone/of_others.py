"""Old names of Jinja, MarkupSafe, ItsDangerous, Click and the standard library.

Sources: their changelogs; "What's New in Python" 3.10 and 3.11.
"""

from __future__ import annotations

from insula.flask._bygone.group import Group, alike, plain

__all__ = ["GROUPS"]

_ABCS = (
    "AsyncGenerator AsyncIterable AsyncIterator Awaitable ByteString Callable"
    " Collection Container Coroutine Generator Hashable ItemsView Iterable Iterator"
    " KeysView Mapping MappingView MutableMapping MutableSequence MutableSet Reversible"
    " Sequence Set Sized ValuesView"
)


GROUPS: tuple[Group, ...] = (
    Group(
        "jinja2",
        "2.0",
        "Jinja 3.1",
        "markupsafe",
        plain("Markup escape"),
    ),
    Group(
        "jinja2",
        "2.0",
        "Jinja 3.1",
        ".jinja",
        {
            "contextfilter": "jinja2.pass_context",
            "contextfunction": "jinja2.pass_context",
            "environmentfilter": "jinja2.pass_environment",
            "environmentfunction": "jinja2.pass_environment",
            "evalcontextfilter": "jinja2.pass_eval_context",
            "evalcontextfunction": "jinja2.pass_eval_context",
        },
    ),
    Group(
        "jinja2.filters",
        "2.0",
        "Jinja 3.1",
        ".jinja",
        {
            "contextfilter": "jinja2.pass_context",
            "environmentfilter": "jinja2.pass_environment",
            "evalcontextfilter": "jinja2.pass_eval_context",
        },
    ),
    Group(
        "jinja2.utils",
        "2.0",
        "Jinja 3.1",
        ".jinja",
        {
            "contextfunction": "jinja2.pass_context",
            "environmentfunction": "jinja2.pass_environment",
            "evalcontextfunction": "jinja2.pass_eval_context",
        },
    ),
    Group("jinja2.utils", "2.0", "Jinja 3.1", "markupsafe", plain("Markup escape")),
    Group(
        "jinja2.utils",
        "2.0",
        "Jinja 3.0",
        ".jinja",
        {"soft_unicode": "markupsafe.soft_str"},
    ),
    Group(
        "jinja2.ext",
        "2.0",
        "Jinja 3.1",
        ".jinja",
        alike(
            "nothing: {% with %} and {% autoescape %} need no extension",
            "AutoEscapeExtension WithExtension autoescape with_",
        ),
    ),
    Group(
        "jinja2._compat",
        "2.7",
        "Jinja 3.0",
        ".compat",
        alike(
            "Python 3's own, which needs no layer between",
            "NativeStringIO PY2 implements_iterator implements_to_string imap"
            " integer_types iteritems iterkeys itervalues izip range_type reraise"
            " string_types text_type unichr",
        ),
    ),
    Group(
        "markupsafe",
        "0.1",
        "MarkupSafe 2.1",
        ".jinja",
        {"soft_unicode": "markupsafe.soft_str"},
    ),
    Group(
        "itsdangerous",
        "0.10",
        "ItsDangerous 2.1",
        ".signatures",
        {
            "JSONWebSignatureSerializer": "a JWT package, such as authlib or PyJWT",
            "TimedJSONWebSignatureSerializer": "a JWT package, or a timed serializer",
        },
    ),
    Group(
        "itsdangerous.jws",
        "1.1",
        "ItsDangerous 2.1",
        ".signatures",
        {
            "JSONWebSignatureSerializer": "a JWT package, such as authlib or PyJWT",
            "TimedJSONWebSignatureSerializer": "a JWT package, or a timed serializer",
        },
    ),
    Group("itsdangerous", "0.10", "ItsDangerous 2.1", ".signatures", {"json": "json"}),
    Group(
        "click",
        "2.0",
        "Click 8.1",
        "shutil",
        plain("get_terminal_size"),
    ),
    Group("collections", "2.6", "Python 3.10", "collections.abc", plain(_ABCS)),
    Group(
        "inspect",
        "2.1",
        "Python 3.11",
        ".stdlib",
        {
            "ArgSpec": "inspect.FullArgSpec",
            "formatargspec": "str(inspect.signature(func))",
            "getargspec": "inspect.getfullargspec(func)",
        },
    ),
)
"""All of them."""
