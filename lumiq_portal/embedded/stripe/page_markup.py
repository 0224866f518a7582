"""What the pages say, as HTML. Values are escaped by Markup's `format`, which S704 doesn't see."""

from collections.abc import Iterable

from markupsafe import Markup

from lumiq_portal.embedded.stripe.currencies import format_amount
from lumiq_portal.embedded.stripe.methods import first_delayed, first_immediate
from lumiq_portal.embedded.stripe.page_style import STYLE
from lumiq_portal.embedded.stripe.store import Body

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · Demo checkout</title>
<style>{style}</style>
</head>
<body>
<main>
<p class="demo">Demo checkout: no money moves.</p>
<h1>{title}</h1>
{content}
</main>
</body>
</html>
"""
_CHECKOUT = """{notice}
<ul>{rows}</ul>
<p class="total"><span>Total</span> <span class="money">{total}</span></p>
<form method="post">{buttons}</form>
"""
_ROW = '<li><span><b>{name}</b>{about}</span> <span class="money">{price}</span></li>'
_ONBOARDING = """<p>{who} would tell Stripe here who they are and where their money is to go.</p>
<form method="post">{buttons}</form>
"""


def build_page(title: str, content: Markup) -> str:
    return Markup(_PAGE).format(title=title, style=Markup(STYLE), content=content)  # noqa: S704


def build_checkout(session: Body, notice: str) -> Markup:
    total = format_amount(session["amount_total"], session["currency"])
    return Markup(_CHECKOUT).format(  # noqa: S704
        notice=build_notice(notice) if notice else "",
        rows=Markup("").join(_build_row(item) for item in session["_line_items"]),
        total=total,
        buttons=_build_buttons(_choices(session, total)),
    )


def build_onboarding(account: Body) -> Markup:
    who = account["business_profile"]["name"] or account["email"] or account["id"]
    choices = [
        ("complete", "main", "Complete the account"),
        ("later", "plain", "Leave it for later"),
    ]
    return Markup(_ONBOARDING).format(who=who, buttons=_build_buttons(choices))  # noqa: S704


def build_receipt(charge: Body) -> Markup:
    rows = [
        ("Paid", format_amount(charge["amount_captured"], charge["currency"])),
        ("Given back", format_amount(charge["amount_refunded"], charge["currency"])),
        ("For", charge["description"] or "an order"),
        ("Number", charge["id"]),
    ]
    return Markup("<dl>{}</dl>").format(
        Markup("").join(Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(*row) for row in rows)
    )


def build_notice(text: str) -> Markup:
    return Markup('<p class="notice" role="alert">{}</p>').format(text)


def _build_row(item: Body) -> Markup:
    name = item["description"]
    return Markup(_ROW).format(  # noqa: S704
        name=f"{item['quantity']} × {name}" if item["quantity"] > 1 else name,
        about=Markup("<small>{}</small>").format(item["_about"]) if item["_about"] else "",
        price=format_amount(item["amount_total"], item["currency"]),
    )


def _choices(session: Body, total: str) -> Iterable[tuple[str, str, str]]:
    """What the buyer may do: its name, its look and its words."""
    methods = session["payment_method_types"]
    immediate, delayed = first_immediate(methods), first_delayed(methods)
    if session["amount_total"] == 0:
        yield "pay", "main", "Complete the order"
    else:
        if immediate:
            yield "pay", "main", f"Pay {total}"
        if delayed:
            yield "delayed", "soft" if immediate else "main", f"Pay later by {_name(delayed)}"
        if immediate:
            yield "decline", "soft", "Pay with a card that is declined"
    if session["cancel_url"]:
        yield "back", "plain", "Go back without paying"


def _build_buttons(choices: Iterable[tuple[str, str, str]]) -> Markup:
    button = Markup('<button name="choice" value="{}" class="{}">{}</button>')
    return Markup("").join(button.format(*choice) for choice in choices)


def _name(method: str) -> str:
    return method.replace("_", " ").replace("sepa", "SEPA").replace("us bank", "US bank")
