"""TLS to the warehouse and the hosted service: whom a connection believes, and how a failure of it is told apart."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

from sage_bridge.errors import BadConfig

if TYPE_CHECKING:
    from collections.abc import Mapping

_POSTGRES = ("sslmode", "sslrootcert", "sslcert", "sslkey")
_CHECKED = {"verify-ca": False, "verify-full": True}
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def trusting(ca_file: str) -> ssl.SSLContext:
    """Give the terms of a client that believes the certificates of one authority alone; '' = of the usual ones.

    Raises:
        BadConfig: RS-198 the file holds no certificate of an authority.
    """
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except (OSError, ssl.SSLError) as error:
        raise BadConfig(
            "RS-198",
            "the certificate of an authority cannot be read",
            record=ca_file,
            expected="a PEM file that the workers can read",
            found=str(error),
            do="correct the path in the connection's extra",
        ) from error


def require_tls(scheme: str, host: str) -> None:
    """Raise BadConfig RS-199 for a service that would be called without TLS, unless it is on this machine."""
    if scheme != "https" and host not in _LOOPBACK:
        raise BadConfig(
            "RS-199",
            "the hosted service would be called without TLS",
            record=f"{scheme}://{host}",
            expected="https; http only for a service on this machine",
            do="take scheme out of the connection's extra",
        )


def untrusted(error: BaseException) -> ssl.SSLCertVerificationError | None:
    """Give what is wrong with the other side's certificate where that is why a call failed."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLCertVerificationError):
        cause = cause.__cause__ or cause.__context__
    return cause


def libpq_words(extra: Mapping[str, Any]) -> dict[str, str]:
    """Give the words of libpq about TLS that the extra of a connection has."""
    return {name: str(extra[name]) for name in _POSTGRES if extra.get(name)}


def asyncpg_words(extra: Mapping[str, Any]) -> dict[str, Any]:
    """Give the same as asyncpg takes it, which reads no file that a word names."""
    mode = str(extra.get("sslmode") or "")
    if mode not in _CHECKED:
        return {"ssl": mode} if mode else {}
    terms = trusting(str(extra.get("sslrootcert") or ""))
    terms.check_hostname = _CHECKED[mode]
    if extra.get("sslcert"):
        terms.load_cert_chain(str(extra["sslcert"]), str(extra.get("sslkey") or "") or None)
    return {"ssl": terms}


def is_about_tls(words: Mapping[str, str], said: str) -> bool:
    """Tell whether a connection with such words failed because of whom it met, by what libpq said.

    A connection that broke in the middle of its greeting also names SSL, and is no matter of trust.
    """
    return bool(words) and any(sign in said for sign in ("certificate", "not support SSL"))
