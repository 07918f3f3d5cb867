"""TLS over any byte stream, without judging the certificate: a probe wants to see what is there."""

from __future__ import annotations

import contextlib
import ssl
import warnings
from datetime import UTC, datetime

from cryptography import x509
from cryptography.x509.oid import NameOID

from checks.sources.streams import Stream

_CHUNK = 65536


class TlsEnded(Exception):
    """The other side closed the stream in the middle of TLS."""


class TlsStream:
    """A TLS client on top of a stream; itself a stream once :meth:`handshake` is done (``agreed``)."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._in = ssl.MemoryBIO()
        self._out = ssl.MemoryBIO()
        self._tls = _context().wrap_bio(self._in, self._out)
        self.agreed = False

    @property
    def version(self) -> str:
        """The version that was agreed on ("TLSv1.3"), "" before."""
        return self._tls.version() or ""

    @property
    def certificate(self) -> bytes:
        """The server's certificate as DER, b"" where it showed none."""
        return self._tls.getpeercert(True) or b""

    async def handshake(self) -> None:
        """Agree on keys. ssl.SSLError (``reason`` names the alert), TlsEnded or OSError where that fails."""
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush()
                await self._fill()
            except ssl.SSLError:
                # Our own alert, for the other side's log.
                await self._flush()
                raise
            else:
                await self._flush()
                self.agreed = True
                return

    async def settle(self) -> None:
        """Wait for the server's verdict on the handshake: under TLS 1.3 one that wants a client certificate says so
        only after it, and one that does not mostly sends tickets then. Raises like :meth:`handshake`; a silent
        server is the caller's to time out."""
        if self.version != "TLSv1.3":
            return
        await self._fill()
        with contextlib.suppress(ssl.SSLWantReadError, ssl.SSLZeroReturnError):
            self._tls.read(1)

    async def read(self) -> bytes:
        """Decrypted bytes, b"" at a proper end; otherwise like :meth:`handshake`."""
        while True:
            try:
                return self._tls.read(_CHUNK)
            except ssl.SSLWantReadError:
                await self._flush()
                await self._fill()
            except ssl.SSLZeroReturnError:
                return b""

    async def write(self, data: bytes) -> None:
        """Encrypt and send."""
        self._tls.write(data)
        await self._flush()

    def close(self) -> None:
        """End the stream below."""
        self._stream.close()

    async def _flush(self) -> None:
        if self._out.pending:
            await self._stream.write(self._out.read())

    async def _fill(self) -> None:
        data = await self._stream.read()
        if not data:
            raise TlsEnded
        self._in.write(data)


def describe(der: bytes, now: datetime | None = None) -> str:
    """A certificate in a few words: whose, from whom, until when; "" for none."""
    if not der:
        return ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            certificate = x509.load_der_x509_certificate(der)
            subject, issuer = _name(certificate.subject), _name(certificate.issuer)
            until = certificate.not_valid_after_utc
            begins = certificate.not_valid_before_utc
    except (ValueError, TypeError, x509.InvalidVersion):
        return "certificate not readable"
    moment = now or datetime.now(UTC)
    words = f"certificate of {subject}" + (", self-signed" if subject == issuer else f" by {issuer}")
    if until < moment:
        return f"{words}, expired {until:%Y-%m-%d}"
    if begins > moment:
        return f"{words}, not valid before {begins:%Y-%m-%d}"
    return f"{words}, valid until {until:%Y-%m-%d}"


def _name(name: x509.Name) -> str:
    common = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(common[0].value) if common else (name.rfc4514_string() or "nobody")


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    # Old ciphers and short keys are facts to report, not reasons to see nothing.
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
    return context
