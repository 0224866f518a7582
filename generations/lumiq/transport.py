"""The HTTP session of one call to LUMIQ: no retries, no redirects, no proxy or netrc from outside.

A session lives for one call, so a submit never meets a connection that the other side has already
closed, which would look like a lost answer.
"""

from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from generations.lumiq import contract

USER_AGENT = "lumiq-portal"


def open_session(api_key: str | None, *, send_timeout_seconds: float) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.headers.clear()
    session.headers.update(
        {
            "User-Agent": USER_AGENT,
            "Accept": "*/*",
            # So that the bytes that come are the bytes that Content-Length counts.
            "Accept-Encoding": "identity",
        }
    )
    if api_key is not None:
        session.headers[contract.KEY_HEADER] = api_key
    adapter = _PatientAdapter(send_timeout_seconds)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


class _PatientAdapter(HTTPAdapter):
    """Gives each write its own, longer timeout.

    urllib3 writes a body under the connect timeout; a few stalled seconds would end an upload.
    """

    def __init__(self, send_timeout_seconds: float) -> None:
        self._send_timeout_seconds = send_timeout_seconds
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pool_classes(self._send_timeout_seconds)


def _pool_classes(seconds: float) -> dict[str, type[HTTPConnectionPool]]:
    class PatientHTTPConnection(HTTPConnection):
        def connect(self) -> None:
            super().connect()
            _wait_longer(self, seconds)

    class PatientHTTPSConnection(HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            _wait_longer(self, seconds)

    class HTTPPool(HTTPConnectionPool):
        ConnectionCls = PatientHTTPConnection

    class HTTPSPool(HTTPSConnectionPool):
        ConnectionCls = PatientHTTPSConnection

    return {"http": HTTPPool, "https": HTTPSPool}


def _wait_longer(connection: HTTPConnection, seconds: float) -> None:
    connection.timeout = seconds
    if connection.sock is not None:
        connection.sock.settimeout(seconds)
