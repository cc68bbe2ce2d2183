"""Grafana's unit ids, and how each one's values are written."""

from __future__ import annotations

from dataclasses import dataclass

BINARY = 1024.0
_SI = ("f", "p", "n", "µ", "m", "", "k", "M", "G", "T", "P", "E", "Z", "Y")
_IEC = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi")
_SI_ONE = _SI.index("")
_COUNTS = ("", "K", "M", "B", "T")
_SHORT = ("", " K", " Mil", " Bil", " Tri", " Quadr", " Quint", " Sext", " Sept")
_MINUTE, _HOUR, _DAY, _WEEK, _YEAR = 60.0, 3600.0, 86400.0, 604800.0, 31536000.0
CLOCK_STEPS = (
    *(1.0, 2.0, 5.0, 10.0, 15.0, 30.0),
    *(minutes * _MINUTE for minutes in (1, 2, 5, 10, 15, 30)),
    *(hours * _HOUR for hours in (1, 2, 3, 6, 12)),
    *(days * _DAY for days in (1, 2, 7, 14, 28, 91, 182, 365)),
)


@dataclass(frozen=True, slots=True)
class Fixed:
    """Written as it is, times ``factor``, between ``prefix`` and ``suffix``."""

    suffix: str
    prefix: str = ""
    factor: float = 1.0


@dataclass(frozen=True, slots=True)
class Stepped:
    """Written in the largest power of ``base`` that fits.

    Attributes:
        symbol: The unit.
        base: 1000 or 1024.
        prefixes: Names of the powers, ascending.
        offset: Which of them the value is given in.
        gap: What stands between number and prefix.
        money: Whether it is a currency.
        lead: What stands before the number of a currency.
    """

    symbol: str
    base: float
    prefixes: tuple[str, ...]
    offset: int = 0
    gap: str = " "
    money: bool = False
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Timed:
    """A duration.

    Attributes:
        seconds: How long one of the unit is.
        steps: Below which value, divided by what, and what is written behind it.
    """

    seconds: float
    steps: tuple[tuple[float, float, str], ...]


@dataclass(frozen=True, slots=True)
class Words:
    """Written as one of two words."""

    yes: str
    no: str


def si(symbol: str, power: int = 0, gap: str = " ") -> Stepped:
    """A unit with decimal prefixes, given in its 1000th ``power``."""
    return Stepped(symbol, 1000.0, _SI, _SI_ONE + power, gap)


def binary(symbol: str, power: int = 0) -> Stepped:
    """A unit with binary prefixes, given in its 1024th ``power``."""
    return Stepped(symbol, BINARY, _IEC, power)


def count(symbol: str) -> Stepped:
    """Things counted, by K, M, B and T."""
    return Stepped(f" {symbol}", 1000.0, _COUNTS, gap="")


def currency(symbol: str, *, behind: bool = False) -> Stepped:
    """Money, its symbol before or behind the number."""
    return Stepped(symbol if behind else "", 1000.0, _COUNTS, gap="", money=True, lead="" if behind else symbol)


_END = float("inf")
_SECONDS = Timed(
    1.0,
    (
        (1e-6, 1e-9, " ns"),
        (1e-3, 1e-6, " µs"),
        (1.0, 1e-3, " ms"),
        (_MINUTE, 1.0, " s"),
        (_HOUR, _MINUTE, " mins"),
        (_DAY, _HOUR, " hours"),
        (_WEEK, _DAY, " days"),
        (_YEAR, _WEEK, " weeks"),
        (_END, 3.15569e7, " years"),
    ),
)
_MILLISECONDS = Timed(
    1e-3,
    (
        (1e3, 1.0, " ms"),
        (_MINUTE * 1e3, 1e3, " s"),
        (_HOUR * 1e3, _MINUTE * 1e3, " mins"),
        (_DAY * 1e3, _HOUR * 1e3, " hours"),
        (_YEAR * 1e3, _DAY * 1e3, " days"),
        (_END, _YEAR * 1e3, " years"),
    ),
)
_MICROSECONDS = Timed(1e-6, ((1e3, 1.0, " µs"), (1e6, 1e3, " ms"), (_END, 1e6, " s")))
_NANOSECONDS = Timed(
    1e-9,
    (
        (1e3, 1.0, " ns"),
        (1e6, 1e3, " µs"),
        (1e9, 1e6, " ms"),
        (_MINUTE * 1e9, 1e9, " s"),
        (_HOUR * 1e9, _MINUTE * 1e9, " mins"),
        (_DAY * 1e9, _HOUR * 1e9, " hours"),
        (_END, _DAY * 1e9, " days"),
    ),
)

UNITS: dict[str, Fixed | Stepped | Timed | Words] = {
    "": Fixed(""),
    "none": Fixed(""),
    "short": Stepped("", 1000.0, _SHORT, gap=""),
    "sishort": si(""),
    "percent": Fixed("%"),
    "percentunit": Fixed("%", factor=100.0),
    "humidity": Fixed(" %H"),
    "dB": Fixed(" dB"),
    "ppm": Fixed(" ppm"),
    "bool": Words("True", "False"),
    "bool_yes_no": Words("Yes", "No"),
    "bool_on_off": Words("On", "Off"),
    # durations
    "ns": _NANOSECONDS,
    "µs": _MICROSECONDS,
    "ms": _MILLISECONDS,
    "s": _SECONDS,
    # data
    **{
        name: binary("B", power)
        for power, name in enumerate(("bytes", "kbytes", "mbytes", "gbytes", "tbytes", "pbytes"))
    },
    **{
        name: si("B", power)
        for power, name in enumerate(("decbytes", "deckbytes", "decmbytes", "decgbytes", "dectbytes", "decpbytes"))
    },
    "bits": binary("b"),
    "decbits": si("b"),
    # data rates
    "pps": si("p/s"),
    **{name: binary("B/s", power) for power, name in enumerate(("binBps", "KiBs", "MiBs", "GiBs", "TiBs", "PiBs"))},
    **{name: si("B/s", power) for power, name in enumerate(("Bps", "KBs", "MBs", "GBs", "TBs", "PBs"))},
    **{
        name: binary("b/s", power)
        for power, name in enumerate(("binbps", "Kibits", "Mibits", "Gibits", "Tibits", "Pibits"))
    },
    **{name: si("b/s", power) for power, name in enumerate(("bps", "Kbits", "Mbits", "Gbits", "Tbits", "Pbits"))},
    # throughput
    "cps": count("c/s"),
    "ops": count("ops/s"),
    "reqps": count("req/s"),
    "rps": count("rd/s"),
    "wps": count("wr/s"),
    "iops": count("io/s"),
    "eps": count("evt/s"),
    "mps": count("msg/s"),
    "recps": count("rec/s"),
    "rowsps": count("rows/s"),
    "cpm": count("c/m"),
    "opm": count("ops/m"),
    "reqpm": count("req/m"),
    "rpm": count("rd/m"),
    "wpm": count("wr/m"),
    "epm": count("evts/m"),
    "mpm": count("msgs/m"),
    "recpm": count("rec/m"),
    "rowspm": count("rows/m"),
    # money
    "currencyUSD": currency("$"),
    "currencyEUR": currency("€"),
    "currencyGBP": currency("£"),
    "currencyJPY": currency("¥"),
    "currencyINR": currency("₹"),
    "currencyCHF": currency("CHF"),
    "currencySEK": currency("kr", behind=True),
    "currencyNOK": currency("kr", behind=True),
    "currencyDKK": currency("kr", behind=True),
    # machines
    "hertz": si("Hz"),
    "rothz": si("Hz"),
    "rotrpm": Fixed(" rpm"),
    "celsius": Fixed(" °C"),
    "fahrenheit": Fixed(" °F"),
    "kelvin": Fixed(" K"),
    "watt": si("W"),
    "kwatt": si("W", 1),
    "kwatth": si("Wh", 1),
    "joule": si("J"),
    "volt": si("V"),
    "amp": si("A"),
    "flops": si("FLOPS"),
    "pixel": Fixed(" px"),
    "degree": Fixed(" °"),
}

CUSTOM = frozenset({"suffix", "prefix", "si", "count", "currency"})


def custom(kind: str, rest: str) -> Fixed | Stepped:
    """A unit spelled out in its id, such as ``suffix:carts`` or ``si:mF``.

    Args:
        kind: One of ``CUSTOM``.
        rest: What stands behind the colon.

    Returns:
        How its values are written.
    """
    if kind == "prefix":
        return Fixed("", prefix=rest)
    if kind == "count":
        return count(rest)
    if kind == "currency":
        return currency(rest.removeprefix("suffix:"), behind=rest.startswith("suffix:"))
    if kind == "si" and rest:
        power = _SI.index(rest[0]) - _SI_ONE if len(rest) > 1 and rest[0] in _SI else 0
        return si(rest[1:] if power else rest, power)
    return Fixed(rest)
