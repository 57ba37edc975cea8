"""TLS: from what a user passes as `ssl_context` to the two files that Granian reads.

Rules of the file: what cannot be honoured is one `ServerError` line before a socket
is opened; a key made here is readable by this user only and goes away with the
server.

Sources: RFC 5280 (certificates), RFC 6125 (names in them); `ssl.SSLContext` does not
give its key back, so Granian, which is not built on it, cannot use one.
"""

from __future__ import annotations

import os
import shutil
import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from insula.servers.errors import ServerError

__all__ = ["TlsFiles", "tls_files"]

_DAYS = 365


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """The certificate and key of a server, as paths."""

    certificate: str
    key: str
    folder: str | None = None
    """A temporary folder of ours that holds both, else None."""

    def discard(self) -> None:
        """Remove what was made for this server."""
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)


def tls_files(ssl_context: object) -> TlsFiles | None:
    """Return the files for `ssl_context`, or None when it asks for no TLS."""
    if ssl_context is None:
        return None
    if ssl_context == "adhoc":
        return _adhoc()
    if isinstance(ssl_context, ssl.SSLContext):
        raise ServerError(
            "ssl_context: an ssl.SSLContext does not give out its key, so this server"
            " cannot use it; pass the paths (certificate, key), or 'adhoc'."
        )
    if (
        not isinstance(ssl_context, (tuple, list))
        or not ssl_context
        or not isinstance(ssl_context[0], (str, os.PathLike))
        or not isinstance(ssl_context[-1] or "", (str, os.PathLike))
    ):
        raise ServerError(
            f"ssl_context={ssl_context!r} is not known; pass the paths"
            " (certificate, key), or 'adhoc'."
        )
    certificate = os.fspath(ssl_context[0])
    key = os.fspath((ssl_context[1] if len(ssl_context) > 1 else None) or certificate)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as exc:
        raise ServerError(
            f"ssl_context: certificate {certificate!r} with key {key!r} cannot be"
            f" loaded ({exc}); check both files."
        ) from exc
    return TlsFiles(str(Path(certificate).absolute()), str(Path(key).absolute()))


def _adhoc() -> TlsFiles:
    """Make a self-signed certificate for this machine's loopback names."""
    try:
        from cryptography.hazmat.primitives import serialization
    except ImportError as exc:
        raise ServerError(
            "ssl_context='adhoc' needs the package cryptography; install it, or pass"
            " the paths (certificate, key)."
        ) from exc
    key, certificate = _self_signed()
    folder = tempfile.mkdtemp(prefix="insula-tls-")
    paths = Path(folder, "cert.pem"), Path(folder, "key.pem")
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].touch(mode=0o600)
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return TlsFiles(str(paths[0]), str(paths[1]), folder)


def _self_signed() -> tuple[Any, Any]:
    """Return a key and a certificate; their types are an optional package's."""
    import ipaddress
    from datetime import datetime, timedelta, timezone

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = x509.SubjectAlternativeName(
        [
            x509.DNSName("localhost"),
            x509.DNSName("*.localhost"),
            x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
            x509.IPAddress(ipaddress.ip_address("::1")),
        ]
    )
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=_DAYS))
        .add_extension(names, critical=False)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return key, certificate
