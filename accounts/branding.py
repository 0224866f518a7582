"""A tenant's look: its style and colours → the text of /branding.css. Pure.

A tenant's own ground, ink and action colour replace the style's; everything else is derived from
them and meets the contrast of WCAG 2.2 AA. Only validated #rrggbb values reach the text.
"""

from accounts.brand_tokens import PALETTES, SHAPES, Tokens
from accounts.models import Tenant
from accounts.palette import (
    BLACK,
    EDGE_CONTRAST,
    TEXT_CONTRAST,
    WHITE,
    contrast,
    furthest_mix,
    is_colour,
    is_dark,
    mix,
    nearest_passing,
    worst_contrast,
)

DARK, LIGHT = "dark", "light"
MODES = (DARK, LIGHT)


def build_branding_css(tenant: Tenant) -> str:
    """All tokens that differ between portals. In `auto` the visitor's device chooses the mode;
    else the tenant does. `<html data-mode>` shows the other one in any case."""
    first = DARK if tenant.mode == Tenant.Mode.DARK else LIGHT
    blocks = [_rule(":root", SHAPES[tenant.style] | _mode_tokens(tenant, first))]
    if tenant.mode == Tenant.Mode.AUTO:
        dark = _rule(":root", _mode_tokens(tenant, DARK))
        blocks.append(f"@media (prefers-color-scheme: dark) {{\n{dark}}}\n")
    blocks += [_rule(f':root[data-mode="{mode}"]', _mode_tokens(tenant, mode)) for mode in MODES]
    return "@layer tokens {\n" + "".join(blocks) + "}\n"


def contrast_problems(
    *, style: str, mode: str, ground: str = "", ink: str = "", action: str = ""
) -> list[str]:
    """What is wrong with a tenant's own colours, as sentences with the nearest value that passes.

    Empty colours are the style's own. Malformed ones are left to the field's validator.
    """
    own = {"ground": ground, "ink": ink, "action": action}
    if any(value and not is_colour(value) for value in own.values()):
        return []
    palette = PALETTES[style, _own_mode(style, mode, ground=ground, ink=ink)]
    ground_used = ground or palette["--ground"]
    ink_used = ink or palette["--ink"]
    problems = []
    if (ground or ink) and contrast(ink_used, ground_used) < TEXT_CONTRAST:
        nearest = nearest_passing(ink_used, ground_used, at_least=TEXT_CONTRAST)
        problems.append(
            f"Text in {ink_used} on {ground_used} has a contrast of "
            f"{contrast(ink_used, ground_used):.1f}; it needs {TEXT_CONTRAST}. "
            f"The nearest ink that passes is {nearest}."
        )
    if action and contrast(action, ground_used) < EDGE_CONTRAST:
        nearest = nearest_passing(action, ground_used, at_least=EDGE_CONTRAST)
        problems.append(
            f"A button in {action} on {ground_used} has a contrast of "
            f"{contrast(action, ground_used):.1f}; it needs {EDGE_CONTRAST:.0f}. "
            f"The nearest action colour that passes is {nearest}."
        )
    return problems


def build_palette(tenant: Tenant, mode: str) -> Tokens:
    """The colours of one mode: the style's, or derived from the tenant's own."""
    palette = PALETTES[tenant.style, mode]
    ground, ink, action = (
        value if is_colour(value) else ""
        for value in (tenant.ground_colour, tenant.ink_colour, tenant.action_colour)
    )
    if mode == _own_mode(tenant.style, tenant.mode, ground=ground, ink=ink) and (ground or ink):
        palette = palette | _derive_ground(tenant.style, palette, ground=ground, ink=ink)
    if action and contrast(action, palette["--ground"]) >= EDGE_CONTRAST:
        palette = palette | _derive_action(palette, action)
    return palette


def _own_mode(style: str, mode: str, *, ground: str, ink: str) -> str:
    """Which mode own ground and ink belong to: the default one, or by their lightness."""
    if mode in (DARK, LIGHT):
        return mode
    if ground:
        return DARK if is_dark(ground) else LIGHT
    return LIGHT if ink and is_dark(ink) else DARK


def _derive_ground(style: str, palette: Tokens, *, ground: str, ink: str) -> Tokens:
    ground = ground or palette["--ground"]
    ink = nearest_passing(ink or palette["--ink"], ground, at_least=TEXT_CONTRAST)
    dark = is_dark(ground)
    lift = ink if dark else WHITE
    surface = _shade(ground, lift, ink=ink, share=0.06 if dark else 0.55)
    raised = _shade(ground, ink, ink=ink, share=0.1)
    all_grounds = (ground, surface, raised)
    # What suits the lightness of the ground, should it not be that of the mode.
    twin = PALETTES[style, DARK if dark else LIGHT]
    derived = {
        "--ground": ground,
        "--surface": surface,
        "--raised": raised,
        "--line": mix(ground, ink, 0.18),
        "--line-strong": furthest_mix(ink, ground, share=0.5, on=(ground, surface), floor=4.2),
        "--ink": ink,
        "--ink-2": furthest_mix(ink, ground, share=0.35, on=all_grounds, floor=5.2),
        "--dusk": twin["--dusk"],
        "--shirt-line": twin["--shirt-line"],
    }
    for token in ("--good", "--warn", "--bad"):
        derived[token] = nearest_passing(twin[token], *all_grounds, at_least=TEXT_CONTRAST)
    return derived | _derive_action(
        palette | derived,
        nearest_passing(palette["--action"], ground, at_least=EDGE_CONTRAST),
        logo=False,
    )


def _derive_action(palette: Tokens, action: str, *, logo: bool = True) -> Tokens:
    ground, surface = palette["--ground"], palette["--surface"]
    strongest = max((BLACK, WHITE), key=lambda ink: contrast(ink, action))
    on_action = palette["--on-action"]
    if logo or contrast(on_action, action) < TEXT_CONTRAST:
        on_action = strongest
    is_readable = worst_contrast(action, (ground, surface)) >= TEXT_CONTRAST
    tokens = {
        "--action": action,
        "--on-action": on_action,
        "--mark": action,
        "--link": action if is_readable else palette["--ink"],
    }
    return tokens | ({"--logo": action, "--on-logo": strongest} if logo else {})


def _shade(ground: str, towards: str, *, ink: str, share: float) -> str:
    """A panel's colour near the ground, on which the ink still reads as text."""
    for step in range(10, 0, -1):
        candidate = mix(ground, towards, share * step / 10)
        if contrast(ink, candidate) >= TEXT_CONTRAST:
            return candidate
    return ground


def _mode_tokens(tenant: Tenant, mode: str) -> Tokens:
    palette = build_palette(tenant, mode)
    return {"color-scheme": DARK if is_dark(palette["--ground"]) else LIGHT} | palette


def _rule(selector: str, tokens: Tokens) -> str:
    body = "".join(f"  {name}: {value};\n" for name, value in tokens.items())
    return f"{selector} {{\n{body}}}\n"
