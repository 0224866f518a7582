import pytest

pytest.register_assert_rewrite("tests.contract.server")  # its asserts say what they found
