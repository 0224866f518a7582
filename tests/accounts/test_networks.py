"""Networks that a key may be used from."""

import pytest

from accounts.networks import NotANetwork, block_of, is_within, normalise_network, shorten_network


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("203.0.113.7", "203.0.113.7/32"),
        ("203.0.113.0/24", "203.0.113.0/24"),
        ("10.0.0.0/255.0.0.0", "10.0.0.0/8"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("2001:DB8::", "2001:db8::/128"),
        ("2001:db8:0::/48", "2001:db8::/48"),
    ],
)
def test_a_network_has_one_spelling(text, network):
    assert normalise_network(text) == network


@pytest.mark.parametrize(
    "text",
    ["", "example.org", "203.0.113", "203.0.113.256", "203.0.113.0/33", "fe80::1%eth0", "é",
     "1/2/3", "01.02.03.04", "203.0.113.7:80"],
)  # fmt: skip
def test_what_is_no_network_is_refused(text):
    with pytest.raises(NotANetwork):
        normalise_network(text)


def test_an_address_within_a_network_is_refused_with_what_it_may_mean():
    with pytest.raises(NotANetwork) as caught:
        normalise_network("10.0.0.5/8")
    assert caught.value.meant == ("10.0.0.0/8", "10.0.0.5")


def test_a_network_of_one_address_is_shown_as_that_address():
    assert shorten_network("203.0.113.7/32") == "203.0.113.7"
    assert shorten_network("203.0.113.0/24") == "203.0.113.0/24"


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("203.0.113.9", True),
        ("203.0.114.9", False),
        ("::ffff:203.0.113.9", True),
        ("2001:db8::1", True),
        ("2001:db9::1", False),
        ("", False),
        ("unix:", False),
        ("203.0.113.9, 10.0.0.1", False),
    ],
)
def test_an_address_is_within_any_of_the_networks(address, inside):
    assert is_within(address, ["203.0.113.0/24", "2001:db8::/32"]) is inside


@pytest.mark.parametrize(
    ("address", "block"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("", ""),
        ("unix:", ""),
    ],
)
def test_what_one_client_may_take_addresses_from_is_one_block(address, block):
    assert block_of(address) == block
