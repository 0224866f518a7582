import socket

import pytest

from lumiq_portal.embedded.errors import CannotStart
from lumiq_portal.embedded.preparation import check_port_is_free


def test_a_taken_port_is_named_with_what_to_do():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(CannotStart, match=f"Port {port}, meant for the site.*PORT=8001"):
            check_port_is_free(port, purpose="the site", remedy="PORT=8001 make run")
    check_port_is_free(port, purpose="the site", remedy="")
