"""Old ``werkzeug.contrib.cache``: caches with a timeout, in memory, files, servers.

cachelib is what became of them. It is not taken even where it is installed: with that
the same program would behave in two ways, and what it lacks (a cache that was for one
platform) would be missed at import.

A value is pickled, so a cache's files and servers must be nobody else's to write.

Sources: the documentation of cachelib, which tells the interface.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import tempfile
import threading
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "BaseCache",
    "FileSystemCache",
    "GAEMemcachedCache",
    "MemcachedCache",
    "NullCache",
    "RedisCache",
    "SimpleCache",
]


class BaseCache:
    """What all caches have; by itself it keeps nothing.

    :param default_timeout: seconds; 0 is for ever.
    """

    def __init__(self, default_timeout: int = 300) -> None:
        self.default_timeout = default_timeout

    def _ends(self, timeout: int | None) -> float:
        """Return when a value of a timeout ends, 0 for never."""
        seconds = self.default_timeout if timeout is None else timeout
        return time() + seconds if seconds > 0 else 0

    def get(self, key: str) -> Any:  # noqa: ARG002 - of the interface
        """Return the value, None if there is none."""
        return None

    def delete(self, key: str) -> bool:  # noqa: ARG002 - of the interface
        """Drop a value; tell whether there was one."""
        return True

    def set(  # of the interface
        self,
        key: str,  # noqa: ARG002 - of the interface
        value: Any,  # noqa: ARG002 - of the interface
        timeout: int | None = None,  # noqa: ARG002 - of the interface
    ) -> bool:
        """Keep a value."""
        return True

    def add(self, key: str, value: Any, timeout: int | None = None) -> bool:
        """Keep a value if there is none of the key."""
        return not self.has(key) and self.set(key, value, timeout)

    def has(self, key: str) -> bool:
        """Tell whether there is a value."""
        return self.get(key) is not None

    def clear(self) -> bool:
        """Drop all values."""
        return True

    def get_many(self, *keys: str) -> list[Any]:
        """Return the values in the order of the keys."""
        return [self.get(key) for key in keys]

    def get_dict(self, *keys: str) -> dict[str, Any]:
        """Return the values by their keys."""
        return dict(zip(keys, self.get_many(*keys), strict=True))

    def set_many(self, mapping: Any, timeout: int | None = None) -> bool:
        """Keep the values of a mapping."""
        done = [self.set(key, value, timeout) for key, value in dict(mapping).items()]
        return all(done)

    def delete_many(self, *keys: str) -> bool:
        """Drop the values of some keys."""
        return all([self.delete(key) for key in keys])  # noqa: C419 - each is deleted

    def inc(self, key: str, delta: int = 1) -> int | None:
        """Add to a number; None if it cannot be kept."""
        value: int = (self.get(key) or 0) + delta
        return value if self.set(key, value) else None

    def dec(self, key: str, delta: int = 1) -> int | None:
        """Take from a number; None if it cannot be kept."""
        return self.inc(key, -delta)


class NullCache(BaseCache):
    """A cache that keeps nothing."""

    def has(self, key: str) -> bool:  # noqa: ARG002 - of the interface
        """Tell that there is none."""
        return False


class SimpleCache(BaseCache):
    """A cache in this process.

    :param threshold: how many values there may be before some are dropped.
    """

    def __init__(self, threshold: int = 500, default_timeout: int = 300) -> None:
        super().__init__(default_timeout)
        self._cache: dict[str, tuple[float, bytes]] = {}
        self._threshold = threshold
        self._lock = threading.RLock()
        self.clear = self._cache.clear  # type: ignore[method-assign,assignment]  # as it was

    def _prune(self) -> None:
        if len(self._cache) <= self._threshold:
            return
        now = time()
        for place, (key, (ends, _)) in enumerate(list(self._cache.items())):
            if (ends <= now and ends) or place % 3 == 0:
                self._cache.pop(key, None)

    def _live(self, key: str) -> bytes | None:
        with self._lock:
            ends, data = self._cache.get(key, (0, None))
            if data is not None and ends and ends <= time():
                del self._cache[key]
                return None
            return data

    def get(self, key: str) -> Any:
        """Return the value, None if there is none."""
        data = self._live(key)
        return None if data is None else pickle.loads(data)  # noqa: S301 - this process's own

    def set(self, key: str, value: Any, timeout: int | None = None) -> bool:
        """Keep a value."""
        data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        with self._lock:
            self._prune()
            self._cache[key] = (self._ends(timeout), data)
        return True

    def add(self, key: str, value: Any, timeout: int | None = None) -> bool:
        """Keep a value if there is none of the key."""
        with self._lock:
            return self._live(key) is None and self.set(key, value, timeout)

    def delete(self, key: str) -> bool:
        """Drop a value; tell whether there was one."""
        with self._lock:
            return self._cache.pop(key, None) is not None

    def has(self, key: str) -> bool:
        """Tell whether there is a value."""
        return self._live(key) is not None


class FileSystemCache(BaseCache):
    """A cache in a folder, a file for each value; processes may share it.

    :param threshold: how many values there may be before some are dropped; 0 is any.
    :param mode: of the files.
    """

    _SUFFIX = ".__wz_cache"

    def __init__(
        self,
        cache_dir: str,
        threshold: int = 500,
        default_timeout: int = 300,
        mode: int = 0o600,
        ignore_errors: bool = False,
    ) -> None:
        super().__init__(default_timeout)
        self._path = cache_dir
        self._threshold = threshold
        self._mode = mode
        self.ignore_errors = ignore_errors
        Path(cache_dir).mkdir(parents=True, exist_ok=True)

    def _get_filename(self, key: str) -> str:
        name = hashlib.sha256(str(key).encode()).hexdigest() + self._SUFFIX
        return str(Path(self._path) / name)

    def _list_dir(self) -> list[Path]:
        return list(Path(self._path).glob(f"*{self._SUFFIX}"))

    def _drop(self, path: Path) -> bool:
        try:
            path.unlink()
        except OSError:
            return False
        return True

    def _read(self, path: Path) -> tuple[float, Any] | None:
        try:
            with path.open("rb") as file:
                ends = pickle.load(file)  # noqa: S301 - the folder is the program's own
                if not ends or ends > time():
                    return ends, pickle.load(file)  # noqa: S301 - likewise
        except (OSError, EOFError, pickle.PickleError):
            return None
        self._drop(path)
        return None

    def _prune(self) -> None:
        files = self._list_dir()
        if not self._threshold or len(files) <= self._threshold:
            return
        for place, path in enumerate(files):
            if self._read(path) is None or place % 3 == 0:
                self._drop(path)

    def get(self, key: str) -> Any:
        """Return the value, None if there is none."""
        found = self._read(Path(self._get_filename(key)))
        return None if found is None else found[1]

    def set(self, key: str, value: Any, timeout: int | None = None) -> bool:
        """Keep a value; tell whether it could be written."""
        self._prune()
        data = pickle.dumps(self._ends(timeout)) + pickle.dumps(value)
        try:
            handle, temporary = tempfile.mkstemp(dir=self._path)
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(temporary).chmod(self._mode)
            Path(temporary).replace(self._get_filename(key))
        except OSError:
            return False
        return True

    def delete(self, key: str) -> bool:
        """Drop a value; tell whether there was one."""
        return self._drop(Path(self._get_filename(key)))

    def has(self, key: str) -> bool:
        """Tell whether there is a value."""
        return self._read(Path(self._get_filename(key))) is not None

    def clear(self) -> bool:
        """Drop all values; tell whether that could be done."""
        return all([self._drop(path) for path in self._list_dir()])  # noqa: C419 - each


class _ServerCache(BaseCache):
    """A cache in a server: values are pickled, numbers are left as they are."""

    _client: Any

    def __init__(self, default_timeout: int, key_prefix: str | None) -> None:
        super().__init__(default_timeout)
        self.key_prefix = key_prefix or ""

    def _name(self, key: str) -> str:
        return f"{self.key_prefix}{key}"

    def dump_object(self, value: Any) -> bytes:
        """Write a value."""
        if type(value) is int:
            return str(value).encode("ascii")
        return b"!" + pickle.dumps(value)

    def load_object(self, value: Any) -> Any:
        """Read a value."""
        if not isinstance(value, bytes):
            return value
        if value.startswith(b"!"):
            return pickle.loads(value[1:])  # noqa: S301 - the server is the program's own
        return int(value) if value.lstrip(b"-").isdigit() else value

    def _seconds(self, timeout: int | None) -> int:
        seconds = self.default_timeout if timeout is None else timeout
        return max(int(seconds), 0)

    def get(self, key: str) -> Any:
        """Return the value, None if there is none."""
        return self.load_object(self._client.get(self._name(key)))

    def delete(self, key: str) -> bool:
        """Drop a value; tell whether there was one."""
        return bool(self._client.delete(self._name(key)))


class RedisCache(_ServerCache):
    """A cache in a Redis server.

    :param host: its name, or a client.
    """

    def __init__(
        self,
        host: Any = "localhost",
        port: int = 6379,
        password: str | None = None,
        db: int = 0,
        default_timeout: int = 300,
        key_prefix: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(default_timeout, key_prefix)
        if isinstance(host, str):
            import redis  # type: ignore[import-not-found,unused-ignore]  # the user's own

            host = redis.Redis(host=host, port=port, password=password, db=db, **kwargs)
        self._client = host

    def set(self, key: str, value: Any, timeout: int | None = None) -> bool:
        """Keep a value."""
        seconds = self._seconds(timeout) or None
        data = self.dump_object(value)
        return bool(self._client.set(self._name(key), data, ex=seconds))

    def add(self, key: str, value: Any, timeout: int | None = None) -> bool:
        """Keep a value if there is none of the key."""
        seconds = self._seconds(timeout) or None
        data = self.dump_object(value)
        return bool(self._client.set(self._name(key), data, ex=seconds, nx=True))

    def has(self, key: str) -> bool:
        """Tell whether there is a value."""
        return bool(self._client.exists(self._name(key)))

    def inc(self, key: str, delta: int = 1) -> int | None:
        """Add to a number."""
        number: int = self._client.incr(self._name(key), delta)
        return number

    def clear(self) -> bool:
        """Drop all values of this prefix; without one, of the database."""
        if not self.key_prefix:
            return bool(self._client.flushdb())
        names: Iterable[Any] = list(self._client.scan_iter(f"{self.key_prefix}*"))
        return bool(self._client.delete(*names)) if names else True


class MemcachedCache(_ServerCache):
    """A cache in memcached servers.

    :param servers: their addresses, or a client.
    """

    def __init__(
        self,
        servers: Any = None,
        default_timeout: int = 300,
        key_prefix: str | None = None,
    ) -> None:
        super().__init__(default_timeout, key_prefix)
        if servers is None or isinstance(servers, (list, tuple)):
            servers = self.import_preferred_memcache_lib(servers or ["127.0.0.1:11211"])
        self._client = servers

    def import_preferred_memcache_lib(self, servers: Any) -> Any:
        """Return a client, of whichever package there is."""
        from importlib import import_module

        for name in ("pylibmc", "memcache", "libmc"):
            try:
                return import_module(name).Client(list(servers))
            except ImportError:
                continue
        raise RuntimeError(
            "There is no client for memcached; install pylibmc or python-memcached, or"
            " hand in a client."
        )

    def set(self, key: str, value: Any, timeout: int | None = None) -> bool:
        """Keep a value."""
        data = self.dump_object(value)
        return bool(self._client.set(self._name(key), data, self._seconds(timeout)))

    def add(self, key: str, value: Any, timeout: int | None = None) -> bool:
        """Keep a value if there is none of the key."""
        data = self.dump_object(value)
        return bool(self._client.add(self._name(key), data, self._seconds(timeout)))

    def clear(self) -> bool:
        """Drop all values of the servers."""
        return bool(self._client.flush_all())


class GAEMemcachedCache(MemcachedCache):
    """A cache of App Engine's first generation, whose client is long gone."""

    def __init__(
        self, default_timeout: int = 300, key_prefix: str | None = None
    ) -> None:
        raise RuntimeError(
            "App Engine's memcache client is gone with Python 2; use MemcachedCache or"
            f" RedisCache (timeout {default_timeout}, prefix {key_prefix!r})."
        )
