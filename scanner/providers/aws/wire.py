"""The wire: what a session's requests go over, for the clients of all services and accounts alike.

A connection of botocore reads the whole file of root certificates again, which takes more time than all else of a call.
Here it is read once; and an account's requests go over the connections that another's have opened. Who may send, and
what, is settled before: see the guard in `scanner.providers.aws.session`.
"""

from __future__ import annotations

import os
import socket
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from botocore.httpsession import URLLib3Session

HOSTS = 256
"""Hosts to which connections are kept open. Each bucket of S3 is a host of its own."""
NO_DELAY = (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
CONNECT, READ = 10, 60
"""Seconds that may pass until a connection is made, and until there is something to read."""


class Wire:
    """Sends signed requests. `bundle` is a file of root certificates instead of the ones that come with botocore; at
    most `connections` to a host are kept. May be used by many threads.
    """

    def __init__(self, bundle: str | None, connections: int) -> None:
        # As botocore has it: AWS_CA_BUNDLE or the profile's ca_bundle, then REQUESTS_CA_BUNDLE.
        self._bundle = bundle or os.environ.get("REQUESTS_CA_BUNDLE") or True
        self._connections = connections
        self._lock = threading.Lock()
        self._context: Any = None
        self._hosts: OrderedDict[str, URLLib3Session] = OrderedDict()

    def send(self, request: Any) -> Any:
        """Send a prepared request; the response, or the errors, of `botocore.httpsession.URLLib3Session.send`."""
        return self._to(request.url).send(request)

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            while self._hosts:
                self._hosts.popitem()[1].close()

    def _to(self, url: str) -> URLLib3Session:
        parts = urlsplit(url)
        host = f"{parts.scheme}://{parts.netloc}"
        with self._lock:
            if host not in self._hosts:
                self._hosts[host] = self._open(host)
            self._hosts.move_to_end(host)
            if len(self._hosts) > HOSTS:
                # A request that is under way is not cut off: its connection is closed when it comes back.
                self._hosts.popitem(last=False)[1].close()
            return self._hosts[host]

    def _open(self, host: str) -> URLLib3Session:
        """The connections to a host, by the proxy that the environment names for just this one."""
        from botocore.httpsession import URLLib3Session, create_urllib3_context, get_cert_path
        from botocore.utils import get_environ_proxies

        if self._context is None and host.startswith("https:"):
            self._context = create_urllib3_context()
            self._context.load_verify_locations(get_cert_path(self._bundle))
        context = self._context

        class Connections(URLLib3Session):  # type: ignore[misc] # botocore has no types
            """Connections whose root certificates are there already. They are verified as all of botocore's are."""

            def _get_ssl_context(self) -> Any:
                return context or super()._get_ssl_context()

            def _setup_ssl_cert(self, conn: Any, url: str, verify: Any) -> None:
                super()._setup_ssl_cert(conn, url, verify)
                conn.ca_certs = None

        return Connections(
            verify=self._bundle,
            proxies=get_environ_proxies(host),
            timeout=(CONNECT, READ),
            max_pool_connections=self._connections,
            socket_options=[NO_DELAY],
        )
