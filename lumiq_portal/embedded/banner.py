"""What the person at the terminal gets to read once the site answers."""

from collections.abc import Iterable

from django.conf import settings

from lumiq_portal.embedded.programs import uses_local_stripe

RULE = "─" * 78


def build_banner(*, has_demo: bool) -> str:
    rows = list(_addresses(has_demo=has_demo))
    if has_demo:
        rows += [("", ""), *_logins()]
    rows += [
        ("", ""),
        ("State", str(settings.VAR_DIR)),
        ("Logs", str(settings.VAR_DIR / "log")),
    ]
    width = max(len(name) for name, _ in rows)
    lines = [f"  {name:<{width}}  {text}".rstrip() for name, text in rows]
    return "\n".join([RULE, *lines, "", "  Ctrl-C stops everything.", RULE])


def _addresses(*, has_demo: bool) -> Iterable[tuple[str, str]]:
    domain, port = settings.PORTAL_BASE_DOMAIN, settings.PORT
    if has_demo:
        yield "Aurora", f"http://aurora.{domain}:{port}/"
        yield "Borealis", f"http://borealis.{domain}:{port}/"
    yield "Platform admin", f"http://{settings.PORTAL_PLATFORM_HOST}:{port}/admin/"
    if uses_local_stripe():
        yield "Payments", "a demo checkout; no money moves"


def _logins() -> Iterable[tuple[str, str]]:
    from generations.demo import DEMO_LOGINS  # with models: not before Django is set up

    width = max(len(email) for _, email, _ in DEMO_LOGINS)
    for where, email, password in DEMO_LOGINS:
        yield f"Sign in: {where}", f"{email:<{width}}  {password}"
