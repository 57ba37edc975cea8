"""Many applications as one: mounted by path, by host and by subdomain, nested.

Rules of the package: each application has its own contexts, sessions, error pages and
files; one that cannot be loaded or started takes down its own mount, and no other.

`place` says where something may be mounted and who answers what, `mount` is one of
them and loads it, `failed` stands for what could not be loaded, `urls` builds URLs from
one to another, `sessions` keeps their cookies apart, `modules` tells which modules are
a mount's alone, `lives` starts, stops and reloads, `file` reads a configuration file.
`application` is `Mounts`, which is all of them together.
"""

from insula.servers.mounts.application import Mounts
from insula.servers.mounts.mount import Mount

__all__ = ["Mount", "Mounts"]
