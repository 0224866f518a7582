"""A local S3 server (moto). It checks neither signatures nor the sizes of a POST policy."""

import contextlib
import logging

from moto.server import ThreadedMotoServer


@contextlib.contextmanager
def run_s3_server():
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()
