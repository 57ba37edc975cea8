"""httpbin: every endpoint, asked with curl; its own tests are run besides."""

from __future__ import annotations

from functools import partial

from tests.e2e.applications.application import Application, Way
from tests.e2e.applications.asking import answers

__all__ = ["APPLICATION"]

# Arguments of curl; a word that begins with a slash is a path at the server.
LINES = r"""
/
/get
"/get?a=1&a=2&b=%C3%A9%20x&c"
-H "X-Twice: 1" -H "X-Twice: 2" -H "Accept-Language: de, en;q=0.5" /headers
-A "an agent/1.0" /user-agent
/ip
/uuid
/html
/json
/xml
/robots.txt
/deny
/encoding/utf8
/forms/post
-d "a=1&b=2&b=3" /post
-d '{"a": [1, 2.5, null]}' -H "Content-Type: application/json" /post
-d '{"broken' -H "Content-Type: application/json" /post
-F "field=text" -F "file=@-;filename=a.txt" /post
--data-binary @/etc/hostname /post
-X POST /post
-X PUT -d "a=1" /put
-X PATCH -d "a=1" /patch
-X DELETE -d "a=1" /delete
-X DELETE /delete
-X TRACE /anything
-X POST -d "x" "/anything/a/b%2Fc?d=e"
-X OPTIONS -H "Origin: http://a.example" -H "Access-Control-Request-Headers: X-A" /get
-H "Origin: http://a.example" /get
-I /get
-I /stream/3
-X POST /get
/nothing/here
/status/200
/status/204
-X POST /status/201
/status/301
/status/304
/status/400
/status/401
/status/402
/status/404
/status/406
/status/407
/status/418
/status/500
/status/503
/status/599
/status/600
/status/abc
"/status/404:0.0,200:1.0"
/response-headers?a=1&a=2&Content-Type=text/plain%3B%20charset=UTF-8
-X POST /response-headers?X-Test=yes
-L /redirect/3
/redirect/1
-L /absolute-redirect/2
-L /relative-redirect/2
"/redirect-to?url=http%3A%2F%2Fa.example%2F%3Fb%3Dc&status_code=307"
-X POST -d "url=/get" -d "status_code=303" /redirect-to
/redirect-to
--compressed /gzip
--compressed /deflate
--compressed /brotli
-b "a=1; b=2" /cookies
-L -c jar -b jar "/cookies/set?k1=v1&k2=v%202"
/cookies/set/name/value
-L -b "a=1; b=2" "/cookies/delete?a="
/basic-auth/u/p
-u u:p /basic-auth/u/p
-u u:wrong /basic-auth/u/p
/hidden-basic-auth/u/p
-u u:p /hidden-basic-auth/u/p
/bearer
-H "Authorization: Bearer abc" /bearer
-H "Authorization: Basic abc" /bearer
/digest-auth/auth/u/p
/digest-auth/auth-int/u/p/SHA-512
--digest -u u:wrong /digest-auth/auth/u/p
--digest -c digest -b digest -u u:p /digest-auth/auth/u/p
--digest -c digest2 -b digest2 -u u:p /digest-auth/auth/u/p/SHA-256
/stream/5
/stream/0
/bytes/1000?seed=1
/bytes/0
/stream-bytes/5000?seed=1&chunk_size=700
/range/100
-r 10-19 /range/100
-r -5 /range/100
-r 200-300 /range/100
"/range/100?chunk_size=7&duration=0.2"
/delay/0.2
-X POST -d "a=1" /delay/0.1
"/drip?duration=0.3&numbytes=7&code=200"
"/drip?numbytes=0"
/base64/SFRUUEJJTiBpcyBhd2Vzb21l
/base64/not-base64
-H "If-None-Match: *" /cache
-H "If-Modified-Since: Sat, 01 Jan 2000 00:00:00 GMT" /cache
/cache/60
/etag/abc
-H 'If-None-Match: "abc"' /etag/abc
-H 'If-None-Match: W/"abc", "def"' /etag/abc
-H 'If-Match: "other"' /etag/abc
/links/3/1
-L /links/3
/image
-H "Accept: image/webp" /image
-H "Accept: image/svg+xml" /image
-H "Accept: text/plain" /image
/image/png
/image/jpeg
/image/webp
/image/svg
/static/favicon.ico
-r 0-9 /static/favicon.ico
-H "X-Forwarded-For: 1.2.3.4" /ip
-H "X-Forwarded-Proto: https" /get
"/get?show_env=1"
"/a//b/../c"
/%ff
/get?%ff=%fe
-X NONSENSE /get
"""
# httpbin decides by the name of the server whether it takes what comes in chunks.
CHUNKED = '-H "Transfer-Encoding: chunked" -d "in=chunks" /post'


def _way(command: str, *, one_server: bool = False) -> Way:
    return Way(
        command,
        "every endpoint asked with curl",
        partial(answers, lines=LINES + CHUNKED * one_server),
        one_server=one_server,
        ready="/get",
    )


APPLICATION = Application(
    "httpbin",
    ("httpbin[mainapp]", "gunicorn", "granian"),
    (
        _way("python -m httpbin.core --port {port}"),
        _way("flask --app httpbin run --port {port}"),
        _way(
            "gunicorn --threads 4 -b 127.0.0.1:{port} httpbin:app",
            one_server=True,
        ),
        _way("gunicorn -k gevent -b 127.0.0.1:{port} httpbin:app", one_server=True),
        _way("granian --interface wsgi --port {port} httpbin:app", one_server=True),
    ),
    tests="tests",
    # It asks for an old greenlet, which it never imports.
    forced=("greenlet>=3", "gevent>=24.10.1"),
)
