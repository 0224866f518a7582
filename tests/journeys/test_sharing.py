"""A shared video as a signed-out visitor gets it, on a phone and on a large screen: the page, the
share sheet, a password, a limit of views, and the player in a frame of another site."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.conf import settings
from playwright.sync_api import expect

from generations import sharing
from generations.models import Generation, ShareLink
from lumiq_portal.font_finder import build_missing
from tests.cast import AURORA_HOST, BOREALIS_HOST, make_ready
from tests.clips import build_clip_bytes
from tests.fixtures.site import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

PHONE = {"viewport": {"width": 360, "height": 740}}
DESK = {"viewport": {"width": 1440, "height": 900}}
PASSWORD = "north stand"
# What phones have and this browser lacks: a share sheet, which says what it was given.
DEVICE = """
navigator.canShare = () => true;
navigator.share = async data => { window.shared = {
  title: data.title, url: data.url, text: data.text,
  files: (data.files || []).map(file => [file.name, file.type, file.size]) }; };
"""


@pytest.fixture(scope="module", autouse=True)
def _fonts():
    """Made before the clock of the first page runs: they take seconds."""
    build_missing(Path(settings.VAR_DIR) / "fonts")


@pytest.fixture
def clip(tmp_path):
    return build_clip_bytes(tmp_path, seconds=10, with_sound=True)


@pytest.fixture
def video(cast, clip):
    return make_ready(cast.alice, video=clip)


@pytest.fixture
def link(video):
    return ShareLink.objects.get(generation=video)


@pytest.fixture
def home(live_server, redis):
    return f"http://{AURORA_HOST}:{live_server.thread.port}"


@pytest.fixture
def other_site():
    """other_site(html) → the address of a page of somebody else's, on this machine."""
    servers = []

    def start(html):
        class Page(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(html.encode())

            def log_message(self, *arguments):
                pass

        server = HTTPServer(("127.0.0.1", 0), Page)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("screen", [PHONE, DESK])
def test_a_visitor_plays_the_video_and_passes_it_on(cast, home, link, clip, open_browser, screen):
    page = open_browser(**screen, permissions=["clipboard-read", "clipboard-write"])
    page.add_init_script(DEVICE)
    page.goto(f"{home}/v/{link.code}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Brazil v France")
    expect(page.get_by_text("Made with AI").first).to_be_visible()
    assert_no_sideways_scroll(page)
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("button", name="Play")).to_have_count(0)

    page.get_by_role("link", name="Share", exact=True).click()
    sheet = page.get_by_role("dialog")
    expect(sheet.get_by_text("Anybody with this link can watch.")).to_be_visible()
    box = sheet.bounding_box()
    is_phone = screen is PHONE
    assert box["width"] == (360 if is_phone else 480)
    assert (box["y"] + box["height"] == 740) is is_phone
    sheet.get_by_role("button", name="Copy").click()
    expect(sheet.get_by_text("Link copied")).to_be_visible()
    address = f"{home}/v/{link.code}/"
    assert page.evaluate("() => navigator.clipboard.readText()") == address
    assert address in unquote(sheet.get_by_role("link", name="WhatsApp").get_attribute("href"))
    sheet.get_by_role("button", name="This phone").click()
    wait_until(lambda: page.evaluate("() => window.shared"), "nothing was shared")
    shared = page.evaluate("() => window.shared")
    assert shared["files"] == [["Brazil v France.mp4", "video/mp4", len(clip)]]
    assert shared["text"] == address
    sheet.get_by_role("link", name="QR code").click()
    expect(sheet.get_by_alt_text("QR code of the address")).to_be_visible()
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)

    wait_until(lambda: counted(link) == (1, 1), "one view and one download are counted")
    assert page.context.cookies() == []


@pytest.mark.parametrize("screen", [PHONE, DESK])
def test_a_visitor_opens_a_video_with_its_password(cast, home, video, open_browser, screen):
    link = sharing.create_link(video, name="Club", password=PASSWORD)
    page = open_browser(**screen)
    page.goto(f"{home}/v/{link.code}/")
    assert_no_sideways_scroll(page)
    page.get_by_label("Password").fill("south stand")
    page.get_by_role("button", name="Open the video").click()
    expect(page.get_by_text("That is not the password.")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Brazil v France")
    video_width = "video => new Promise(done => { const told = () => done(video.videoWidth); "
    video_width += "video.readyState ? told() : video.addEventListener('loadedmetadata', told); })"
    assert page.locator("video").evaluate(video_width) > 0

    stranger = open_browser(**screen)
    assert stranger.goto(f"{home}/v/{link.code}/video.mp4").status == 404


@pytest.mark.parametrize("has_scripts", [True, False])
def test_a_visitor_takes_the_last_view_of_a_link(cast, home, video, open_browser, has_scripts):
    link = sharing.create_link(video, name="Once", max_views=1)
    page = open_browser(**PHONE, java_script_enabled=has_scripts)
    page.goto(f"{home}/v/{link.code}/")
    expect(page.get_by_text("This link opens once more.")).to_be_visible()
    page.get_by_role("button", name="Watch the video").click()
    expect(page.locator("video")).to_be_visible()
    page.reload()
    expect(page.locator("video")).to_be_visible()
    late = open_browser(**PHONE)
    assert late.goto(f"{home}/v/{link.code}/").status == 410
    expect(late.get_by_role("heading", level=1)).to_have_text("This link is used up")


def test_without_scripts_the_share_sheet_is_a_page(cast, home, link, open_browser):
    page = open_browser(**PHONE, java_script_enabled=False)
    page.goto(f"{home}/v/{link.code}/")
    page.get_by_role("link", name="Share", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Share this video")
    expect(page.get_by_label("Address of the video")).to_have_value(f"{home}/v/{link.code}/")
    expect(page.get_by_alt_text("QR code of the address")).to_be_visible()
    assert_no_sideways_scroll(page)


@pytest.mark.parametrize("host", [AURORA_HOST, BOREALIS_HOST])
def test_another_site_shows_the_player_in_a_frame(
    cast, clip, live_server, open_browser, other_site, host
):
    fan = cast.alice if host == AURORA_HOST else cast.mallory
    link = ShareLink.objects.get(generation=make_ready(fan, video=clip))
    home = f"http://{host}:{live_server.thread.port}"
    page = open_browser(**DESK)
    answer = page.goto(f"{home}/oembed/?url={home}/v/{link.code}/&maxwidth=480")
    page.goto(other_site(f"<h1>Another site</h1>{answer.json()['html']}"))
    frame = page.frame_locator("iframe")
    expect(frame.get_by_text("Made with AI", exact=True)).to_be_visible()
    expect(frame.get_by_text(link.generation.tenant.name)).to_be_visible()
    frame.get_by_role("button", name="Play").click()
    expect(frame.get_by_role("button", name="Play")).to_have_count(0)
    expect(frame.get_by_text("Made with AI", exact=True)).to_be_visible()


def test_only_a_listed_site_may_frame_it(cast, home, link, browser, other_site):
    """In a context of its own: the browser complains of the frame that it leaves empty."""
    address = other_site(f"<iframe src='{home}/v/{link.code}/embed/'></iframe>")
    context = browser.new_context()
    page = context.new_page()
    for listed, is_shown in [(address.removeprefix("http://"), True), ("club.example", False)]:
        Generation.objects.update(embedding="listed", embed_domains=listed.rstrip("/"))
        page.goto(address)
        label = page.frame_locator("iframe").get_by_text("Made with AI", exact=True)
        expect(label).to_have_count(1 if is_shown else 0)
    context.close()


def counted(link):
    link.refresh_from_db()
    return link.views, link.downloads


def assert_no_sideways_scroll(page):
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
