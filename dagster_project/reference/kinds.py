"""What one cell of a reference table may hold: each kind turns text into a value or says what is wrong with it.

A kind knows nothing about tables, files or lines.
"""

from __future__ import annotations

import difflib
import re
import zoneinfo
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal

from dagster_project.landing.catalog import catalog
from dagster_project.landing.formats import FILE_FORMATS
from dagster_project.landing.paths import PathError, parse_path
from dagster_project.landing.spelling import canonical_host

Value = str | int | float | bool | Decimal


class CellError(ValueError):
    """A cell's text is not of its kind. The message says what is wrong, what is allowed and how to mend it."""


@dataclass(frozen=True)
class Kind:
    """A kind of cell: the SQL type it is stored as, and how its text is read. Text arrives trimmed and never blank."""

    sql_type: str
    parse: Callable[[str], Value]


_INTEGER = re.compile(r"[+-]?\d{1,9}")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")
_MODEL_NAME = re.compile(r"[a-z][a-z0-9_]*")
_FINGERPRINT = re.compile(r"[0-9a-f]{12}")
_DOMAIN = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)+")
_MONTH = re.compile(r"(\d{4}-\d{2})(-01)?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")

_BOOLEANS = {
    "true": True,
    "yes": True,
    "y": True,
    "t": True,
    "1": True,
    "false": False,
    "no": False,
    "n": False,
    "f": False,
    "0": False,
}

# ISO 4217's codes of circulating money as of 2026, with those that retired since 2018 and still stand in old
# opportunities. A code outside it is nearly always a slip of the pen that would leave every opportunity of that
# currency without a rate.
_ISO_4217 = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD
CAD CDF CHF CLP CNY COP CRC CUC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP
GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD
KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRO MRU MUR MVR MWK MXN MYR MZN NAD NGN
NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE
SLL SOS SRD SSP STD STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VEF VES
VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG ZWL
"""
CURRENCIES = tuple(_ISO_4217.split())


def nearest(value: str, allowed: Sequence[str]) -> str:
    """The words that offer the likeliest intended spelling, or nothing when none is near."""
    lowered = {candidate.lower(): candidate for candidate in allowed}
    close = difflib.get_close_matches(value.lower(), list(lowered), n=1)
    return f"; did you mean {lowered[close[0]]!r}?" if close else ""


def text() -> Kind:
    """Any text, as written."""
    return Kind("VARCHAR", lambda value: value)


def one_of(noun: str, allowed: Sequence[str]) -> Kind:
    """One word of a closed list, in any case."""

    def parse(value: str) -> str:
        if value.lower() not in allowed:
            raise CellError(f"{value!r} is not a known {noun}; allowed: {', '.join(allowed)}{nearest(value, allowed)}")
        return value.lower()

    return Kind("VARCHAR", parse)


def boolean() -> Kind:
    """A yes or no."""

    def parse(value: str) -> bool:
        if value.lower() not in _BOOLEANS:
            raise CellError(f"{value!r} is neither yes nor no; write true or false")
        return _BOOLEANS[value.lower()]

    return Kind("BOOLEAN", parse)


def integer(minimum: int) -> Kind:
    """A whole number of at least `minimum`."""

    def parse(value: str) -> int:
        if not _INTEGER.fullmatch(value):
            raise CellError(f"{value!r} is not a whole number; write digits only, at least {minimum}")
        if int(value) < minimum:
            raise CellError(f"{value!r} is too small; the least allowed is {minimum}")
        return int(value)

    return Kind("INTEGER", parse)


def positive_number() -> Kind:
    """A number above zero."""

    def parse(value: str) -> float:
        if _decimal(value) <= 0:
            raise CellError(f"{value!r} is not above zero; write a positive number")
        return float(value)

    return Kind("DOUBLE", parse)


def percent() -> Kind:
    """A percentage from 0 to 100, with as many decimals as the warehouse keeps: what sums to 100 here does so there."""

    def parse(value: str) -> Decimal:
        number = _decimal(value.removesuffix("%").rstrip())
        if not 0 <= number <= 100:
            raise CellError(f"{value!r} is not a percentage; write a number from 0 to 100")
        if number != round(number, 4):
            raise CellError(f"{value!r} has more than four decimals; round it to four")
        return number

    return Kind("DECIMAL(9,4)", parse)


def model_name() -> Kind:
    """A name that can become a column: small letters, digits and underscores."""

    def parse(value: str) -> str:
        if not _MODEL_NAME.fullmatch(value):
            raise CellError(
                f"{value!r} can't name a model; use small letters, digits and _, a letter first, as in w_shaped"
            )
        return value

    return Kind("VARCHAR", parse)


def domain() -> Kind:
    """An internet domain, stored in lower case."""
    return Kind("VARCHAR", _parse_domain)


def domains() -> Kind:
    """Several internet domains, separated by commas."""

    def parse(value: str) -> str:
        return ",".join(_parse_domain(part.strip()) for part in value.split(",") if part.strip())

    return Kind("VARCHAR", parse)


def mailbox() -> Kind:
    """The part of an e-mail address before the @, stored in lower case."""

    def parse(value: str) -> str:
        if "@" in value or " " in value:
            raise CellError(f"{value!r} is not the part of an address before the @; write it alone, as in info")
        return value.lower()

    return Kind("VARCHAR", parse)


def placeholder_address() -> Kind:
    """A whole e-mail address, the part before the @ by itself, or an @ with a domain, stored in lower case."""

    def parse(value: str) -> str:
        if value.count("@") > 1 or " " in value or value.endswith("@"):
            raise CellError(
                f"{value!r} is neither an address, the part before the @, nor an @ with a domain; write it as in "
                "no@email.com, noemail or @noemail.com"
            )
        return value.lower()

    return Kind("VARCHAR", parse)


def currency() -> Kind:
    """An ISO 4217 currency code."""

    def parse(value: str) -> str:
        if value.upper() not in CURRENCIES:
            raise CellError(
                f"{value!r} is not a currency code; write its three letters of ISO 4217, as in USD or EUR"
                f"{nearest(value, CURRENCIES)}"
            )
        return value.upper()

    return Kind("VARCHAR", parse)


def timezone() -> Kind:
    """An IANA timezone: it knows daylight saving, which an offset doesn't."""

    def parse(value: str) -> str:
        try:
            zoneinfo.ZoneInfo(value)
        except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
            # Listing all timezones reads hundreds of files, so only for those who misspelt one.
            known = sorted(zoneinfo.available_timezones())
            raise CellError(
                f"{value!r} is not a timezone; write its IANA name, as in UTC or Europe/Berlin{nearest(value, known)}"
            ) from None
        return value

    return Kind("VARCHAR", parse)


def month() -> Kind:
    """A month, stored as its first day."""

    def parse(value: str) -> str:
        found = _MONTH.fullmatch(value)
        try:
            return date.fromisoformat(f"{found[1]}-01").isoformat() if found else _not_a_month(value)
        except ValueError:
            return _not_a_month(value)

    return Kind("DATE", parse)


def _not_a_month(value: str) -> str:
    raise CellError(f"{value!r} is not a month; write year and month, as in 2026-01")


def moment() -> Kind:
    """A timestamp, in UTC where it names no offset; a date means its last microsecond, as it does for AS_OF."""

    def parse(value: str) -> str:
        try:
            if _DAY.fullmatch(value):
                return datetime.combine(date.fromisoformat(value), time.max).isoformat(sep=" ")
            found = datetime.fromisoformat(value)
        except ValueError:
            raise CellError(
                f"{value!r} is neither a date nor a timestamp; write it as in 2026-02-05 or 2026-02-05T18:00:00+00:00"
            ) from None
        return (found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found).isoformat(sep=" ")

    return Kind("TIMESTAMP", parse)


def file_formats() -> Kind:
    """Several formats of objects that can land, separated by commas, as in finance.invoices=decimal_comma."""

    def parse_one(part: str) -> str:
        label, _, word = part.partition("=")
        if word.strip().lower() not in FILE_FORMATS:
            raise CellError(
                f"{part!r} is not a format of an object; write source.Object=format, as in "
                f"finance.invoices=decimal_comma; formats: {', '.join(FILE_FORMATS)}{nearest(word, FILE_FORMATS)}"
            )
        return f"{_parse_landing_object(label.strip())}={word.strip().lower()}"

    return Kind("VARCHAR", lambda value: ",".join(parse_one(part.strip()) for part in value.split(",") if part.strip()))


def trackers_without_field() -> list[str]:
    """The trackers of which only the company knows the field that says whether a visitor consented."""
    return [
        source.name
        for source in catalog().sources
        if any(column.named_by == "consent_fields" for o in source.objects for column in o.columns)
    ]


def consent_fields() -> Kind:
    """A field per tracker, separated by commas, as in segment=context_consent_analytics: a header, or a path."""

    def parse_one(part: str) -> str:
        label, _, field = (piece.strip() for piece in part.partition("="))
        trackers = trackers_without_field()
        source = catalog().find_source(label)
        if source is None or source.name not in trackers or not field:
            raise CellError(
                f"{part!r} is not the field of a tracker; write source=field, as in segment=context_consent_analytics; "
                f"sources: {', '.join(trackers)}{nearest(label, trackers)}"
            )
        if "[" in field or "]" in field:
            try:
                parse_path(field)
            except PathError as error:
                raise CellError(str(error)) from None
        return f"{source.name}={field}"

    def parse(value: str) -> str:
        entries = [parse_one(part.strip()) for part in value.split(",") if part.strip()]
        named = [entry.partition("=")[0] for entry in entries]
        if twice := next((name for name in named if named.count(name) > 1), None):
            raise CellError(f"{value!r} names two fields of {twice}, which may contradict each other; keep one of them")
        return ",".join(entries)

    return Kind("VARCHAR", parse)


def names() -> Kind:
    """Several names of columns, separated by commas."""
    return Kind("VARCHAR", lambda value: ",".join(part.strip() for part in value.split(",") if part.strip()))


def landing_objects() -> Kind:
    """Several objects of the landing list, separated by commas, stored as the list spells them."""

    def parse(value: str) -> str:
        return ",".join(_parse_landing_object(part.strip()) for part in value.split(",") if part.strip())

    return Kind("VARCHAR", parse)


def confirmed_deliveries() -> Kind:
    """Fingerprints of deliveries, separated by commas, as the load names them: salesforce.Lead@ and twelve digits."""

    def parse(value: str) -> str:
        return ",".join(_parse_delivery(part.strip()) for part in value.split(",") if part.strip())

    return Kind("VARCHAR", parse)


def _parse_delivery(value: str) -> str:
    label, _, digest = value.rpartition("@")
    if not _FINGERPRINT.fullmatch(digest.lower()):
        raise CellError(f"{value!r} names no delivery; copy what the load named, as in salesforce.Lead@0123456789ab")
    return f"{_parse_landing_object(label)}@{digest.lower()}"


def _decimal(value: str) -> Decimal:
    if not _NUMBER.fullmatch(value):
        comma = "; write the decimals after a point" if "," in value else ""
        raise CellError(f"{value!r} is not a number{comma or '; write digits, as in 22.5'}")
    return Decimal(value)


def _parse_domain(value: str) -> str:
    value = canonical_host(value)
    if not _DOMAIN.fullmatch(value.lower()):
        raise CellError(f"{value!r} is not a domain; write what stands after the @, as in example.com")
    return value.lower()


def _parse_landing_object(value: str) -> str:
    source, _, name = value.partition(".")
    found = catalog().find_object(source, name)
    if found is None:
        labels = [landing_object.label for landing_object in catalog().objects]
        raise CellError(
            f"{value!r} is not an object that can land; write source.Object, as in salesforce.Lead"
            f"{nearest(value, labels)}"
        )
    return found.label
