"""The currencies that there are: the codes of ISO 4217 that amounts can be in.

What lives here: codes. What doesn't: how many decimals each has (dbt's macro `minor_units`), and rates.
"""

from __future__ import annotations

from dagster_project.engine import literal

# Funds, metals and tests have codes too; nobody is invoiced in them. Former codes stay, since old invoices do.
_CODES = """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BYR
    BZD CAD CDF CHF CLP CNY COP CRC CUC CUP CVE CZK DJF DKK DOP DZD EEK EGP ERN ETB EUR FJD FKP GBP GEL
    GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW
    KRW KWD KYD KZT LAK LBP LKR LRD LSL LTL LVL LYD MAD MDL MGA MKD MMK MNT MOP MRO MRU MUR MVR MWK MXN
    MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG
    SEK SGD SHP SLE SLL SOS SRD SSP STD STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD
    UYU UZS VEF VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG ZWL
"""
CODES = frozenset(_CODES.split())


def is_code(value: str) -> str:
    """SQL condition: the text, in capitals, is the code of a currency."""
    return f"{value} in ({', '.join(map(literal, sorted(CODES)))})"
