"""Money as Stripe counts it: whole numbers of a currency's smallest unit."""

_ZERO = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf"
_TWO = (
    "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad"
    " cdf chf cny cop crc cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl"
    " htg huf idr ils inr isk jmd kes kgs khr kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop"
    " mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln qar ron rsd rub sar"
    " sbd scr sek sgd shp sle sos srd std szl thb tjs top try ttd twd tzs uah ugx usd uyu uzs wst"
    " xcd yer zar zmw"
)
ZERO_DECIMAL = frozenset(_ZERO.split())
THREE_DECIMAL = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])
CURRENCIES = ZERO_DECIMAL | frozenset(_TWO.split()) | THREE_DECIMAL

# What is charged must be a multiple: without decimals for historical reasons, or rounded.
_MULTIPLES = {"isk": 100, "ugx": 100, **dict.fromkeys(THREE_DECIMAL, 10)}
_LEAST_CHARGES = {
    "aed": 200, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250,
    "eur": 50, "gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200,
    "nok": 300, "nzd": 50, "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000, "usd": 50,
}  # fmt: skip


def decimals(currency: str) -> int:
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def smallest_step(currency: str) -> int:
    return _MULTIPLES.get(currency, 1)


def least_charge(currency: str) -> int:
    return _LEAST_CHARGES.get(currency, smallest_step(currency))


def format_amount(amount: int, currency: str) -> str:
    """`1,234.50 EUR`; `500 JPY`."""
    places = decimals(currency)
    whole, rest = divmod(abs(amount), 10**places)
    sign = "-" if amount < 0 else ""
    text = f"{sign}{whole:,}" + (f".{rest:0{places}}" if places else "")
    return f"{text} {currency.upper()}"
