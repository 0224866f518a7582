"""The steps of an order in a browser."""

import re

from playwright.sync_api import expect

from tests.cast import build_photo_bytes


def add_photo(page, data=None):
    """Choose a file; it is sent by itself and shown as it will be sent."""
    expect(page).to_have_url(re.compile(r"/create/\w+/photo/"))
    photo = {
        "name": "photo.jpg",
        "mimeType": "image/jpeg",
        "buffer": data or build_photo_bytes(800, 1000),
    }
    page.set_input_files("input[type=file][name=photo]", files=[photo])
    if data is None:
        expect(page.get_by_text("This is what is sent")).to_be_visible()
        expect(page.locator(".is-movable")).to_be_visible()


def pick(page, team):
    page.get_by_role("searchbox").fill(team)
    page.locator("label.shirt-option", has_text=team).click()


def agree(page):
    page.get_by_label("I am", exact=True).check()
    page.get_by_label(re.compile("The person in the photo agrees")).check()
    page.get_by_role("button", name="Next: review").click()
