"""The types of options that click does not have: certificates, and lists of paths."""

from __future__ import annotations

from typing import Any

import click
from werkzeug.utils import import_string

__all__ = ["CertParamType", "SeparatedPathType", "pair_with_key"]


class CertParamType(click.ParamType):  # type: ignore[type-arg]  # generic since click 8.4
    """The file of a certificate, ``adhoc``, or the import string of an SSLContext."""

    name = "path"

    def __init__(self) -> None:
        self.path_type = click.Path(exists=True, dir_okay=False, resolve_path=True)

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Any:
        """Return the path, the word, or the object."""
        try:
            import ssl
        except ImportError:
            raise click.BadParameter(
                "this Python was built without TLS (the module ssl).", ctx, param
            ) from None
        try:
            return self.path_type(value, param, ctx)
        except click.BadParameter:
            if str(value).lower() == "adhoc":
                return _adhoc(param, ctx)
            found = import_string(str(value), silent=True)
            if isinstance(found, ssl.SSLContext):
                return found
            raise click.BadParameter(
                f"there is no file {value!r}, and no SSLContext can be imported by"
                " that name.",
                ctx,
                param,
            ) from None


def _adhoc(param: click.Parameter | None, ctx: click.Context | None) -> str:
    try:
        import cryptography  # noqa: F401 - whether there is one
    except ImportError:
        raise click.BadParameter(
            "an 'adhoc' certificate is made by the package 'cryptography'; install it.",
            ctx,
            param,
        ) from None
    return "adhoc"


def pair_with_key(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    """Complete ``--cert`` to a pair of files; callback of ``--key``."""
    cert = ctx.params.get("cert")
    is_file = isinstance(cert, str) and cert != "adhoc"
    if value is None:
        if is_file:
            raise click.BadParameter("--cert FILE needs the key's file.", ctx, param)
        return value
    if not is_file:
        raise click.BadParameter(
            "--key goes with --cert FILE; leave it out.", ctx, param
        )
    ctx.params["cert"] = (cert, value)
    return value


class SeparatedPathType(click.Path):
    """Paths in one string, separated as in ``PATH``."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Any:
        """Return the list of the paths."""
        convert = super().convert
        return [convert(item, param, ctx) for item in self.split_envvar_value(value)]
