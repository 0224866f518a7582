"""The 48 teams as they look: shirt pattern, colours and scoreboard code.

Pure data for the site's shirts and for the sandbox's crowd; the colours are our own reading of each
side's kit and carry no crest or flag. The names are LUMIQ's, letter for letter (lumiq/contract.py).
"""

from dataclasses import dataclass
from enum import StrEnum


class Pattern(StrEnum):
    PLAIN = "plain"
    STRIPES = "stripes"
    PINSTRIPE = "pinstripe"
    HOOPS = "hoops"
    CHECKS = "checks"
    HALVES = "halves"
    SASH = "sash"
    CHEST_BAND = "chestband"


@dataclass(frozen=True)
class Kit:
    """One team's shirt. Colours are "#RRGGBB"; `second` is None where the pattern is plain."""

    team: str
    code: str
    pattern: Pattern
    body: str
    second: str | None
    sleeves: str
    collar: str

    @property
    def slug(self) -> str:
        return self.team.lower().replace(" ", "-")


_ROWS = (
    Kit("Algeria", "ALG", Pattern("pinstripe"), "#FBFBF8", "#0F7F4C", "#FBFBF8", "#0F7F4C"),
    Kit("Argentina", "ARG", Pattern("stripes"), "#75AADB", "#FFFFFF", "#75AADB", "#1B2A41"),
    Kit("Australia", "AUS", Pattern("plain"), "#F5C021", None, "#F5C021", "#14563B"),
    Kit("Austria", "AUT", Pattern("plain"), "#CF2233", None, "#CF2233", "#FFFFFF"),
    Kit("Belgium", "BEL", Pattern("checks"), "#B81E2D", "#8F1420", "#B81E2D", "#F0C02B"),
    Kit("Brazil", "BRA", Pattern("plain"), "#FFD93B", None, "#FFD93B", "#0B7A3E"),
    Kit("Cameroon", "CMR", Pattern("pinstripe"), "#128252", "#0E6B43", "#128252", "#D62B36"),
    Kit("Canada", "CAN", Pattern("plain"), "#D42A2A", None, "#B41F1F", "#FFFFFF"),
    Kit("Chile", "CHI", Pattern("plain"), "#CE2430", None, "#CE2430", "#1D3F8F"),
    Kit("Colombia", "COL", Pattern("chestband"), "#FBD233", "#17387E", "#FBD233", "#C42032"),
    Kit("Costa Rica", "CRC", Pattern("plain"), "#C9222E", None, "#21407F", "#FFFFFF"),
    Kit("Croatia", "CRO", Pattern("checks"), "#FFFFFF", "#D7263D", "#FFFFFF", "#1E3A8A"),
    Kit("Denmark", "DEN", Pattern("plain"), "#C8202F", None, "#FFFFFF", "#FFFFFF"),
    Kit("Ecuador", "ECU", Pattern("plain"), "#FFD83C", None, "#FFD83C", "#1C3F8F"),
    Kit("Egypt", "EGY", Pattern("sash"), "#C51F2B", "#17181A", "#C51F2B", "#17181A"),
    Kit("England", "ENG", Pattern("plain"), "#FCFCFA", None, "#FCFCFA", "#17264D"),
    Kit("France", "FRA", Pattern("pinstripe"), "#1F3C88", "#16306F", "#1F3C88", "#FFFFFF"),
    Kit("Germany", "GER", Pattern("chestband"), "#F7F7F4", "#1A1A1A", "#F7F7F4", "#1A1A1A"),
    Kit("Iran", "IRN", Pattern("plain"), "#FAFAF7", None, "#FAFAF7", "#C8282F"),
    Kit("Iraq", "IRQ", Pattern("sash"), "#0D7A4A", "#FFFFFF", "#0D7A4A", "#FFFFFF"),
    Kit("Italy", "ITA", Pattern("plain"), "#1B5FC1", None, "#1B5FC1", "#FFFFFF"),
    Kit("Ivory Coast", "CIV", Pattern("plain"), "#F07D1A", None, "#F07D1A", "#0F7A46"),
    Kit("Jamaica", "JAM", Pattern("halves"), "#F7C928", "#17181A", "#17181A", "#1B7F43"),
    Kit("Japan", "JPN", Pattern("hoops"), "#17318F", "#2B4CC2", "#17318F", "#E4E8F7"),
    Kit("Mali", "MLI", Pattern("sash"), "#F6C92B", "#11823F", "#F6C92B", "#C8202F"),
    Kit("Mexico", "MEX", Pattern("plain"), "#0C6B4A", None, "#0C6B4A", "#B3202E"),
    Kit("Morocco", "MAR", Pattern("plain"), "#B8202F", None, "#B8202F", "#0F6B45"),
    Kit("Netherlands", "NED", Pattern("plain"), "#F36C21", None, "#F36C21", "#1C1C1C"),
    Kit("New Zealand", "NZL", Pattern("plain"), "#FFFFFF", None, "#15181C", "#15181C"),
    Kit("Nigeria", "NGA", Pattern("checks"), "#0E8A4D", "#0A6B3B", "#0E8A4D", "#FFFFFF"),
    Kit("Panama", "PAN", Pattern("halves"), "#C9202D", "#1F3F8F", "#C9202D", "#FFFFFF"),
    Kit("Paraguay", "PAR", Pattern("stripes"), "#D3202F", "#FFFFFF", "#D3202F", "#1D4A9E"),
    Kit("Poland", "POL", Pattern("plain"), "#FAFAF8", None, "#D2233A", "#D2233A"),
    Kit("Portugal", "POR", Pattern("halves"), "#A3142E", "#0B5F3B", "#A3142E", "#0B5F3B"),
    Kit("Qatar", "QAT", Pattern("plain"), "#7A1737", None, "#7A1737", "#FFFFFF"),
    Kit("Saudi Arabia", "KSA", Pattern("plain"), "#0C7A3E", None, "#FFFFFF", "#FFFFFF"),
    Kit("Senegal", "SEN", Pattern("sash"), "#FBFBF6", "#12824C", "#FBFBF6", "#E9B824"),
    Kit("South Korea", "KOR", Pattern("hoops"), "#E2394B", "#C32338", "#E2394B", "#111827"),
    Kit("Spain", "ESP", Pattern("pinstripe"), "#C31F2E", "#A5131F", "#C31F2E", "#F2B71F"),
    Kit("Sweden", "SWE", Pattern("plain"), "#FFD54A", None, "#FFD54A", "#1B4F9C"),
    Kit("Switzerland", "SUI", Pattern("hoops"), "#D0202E", "#AE1725", "#D0202E", "#FFFFFF"),
    Kit("Tunisia", "TUN", Pattern("halves"), "#C8202F", "#FFFFFF", "#C8202F", "#FFFFFF"),
    Kit("Turkey", "TUR", Pattern("chestband"), "#D3202E", "#FFFFFF", "#D3202E", "#FFFFFF"),
    Kit("UAE", "UAE", Pattern("sash"), "#FFFFFF", "#C8202F", "#FFFFFF", "#14181C"),
    Kit("Ukraine", "UKR", Pattern("plain"), "#F5D327", None, "#1E5CB3", "#1E5CB3"),
    Kit("United States", "USA", Pattern("hoops"), "#FFFFFF", "#1F356B", "#FFFFFF", "#B92A3A"),
    Kit("Uruguay", "URU", Pattern("plain"), "#6FB7E9", None, "#6FB7E9", "#111111"),
    Kit("Uzbekistan", "UZB", Pattern("pinstripe"), "#1E9BD1", "#1784B3", "#1E9BD1", "#FFFFFF"),
)

KITS: dict[str, Kit] = {kit.team: kit for kit in _ROWS}
KITS_BY_SLUG: dict[str, Kit] = {kit.slug: kit for kit in _ROWS}
