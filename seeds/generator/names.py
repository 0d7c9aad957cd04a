"""Invented words: people, companies, domains. No real person, company or address is meant."""

from __future__ import annotations

from random import Random


def _words(text: str) -> tuple[str, ...]:
    """The words of a text."""
    return tuple(text.split())


FIRST_NAMES = _words(
    "Ada Alma Amir Anika Arlo Asha Beau Bela Bran Cleo Cyra Dario Dara Edda Eino Elif Enzo Esra Faye Finn Gala Gino "
    "Hana Hugo Ilse Imre Inez Ivo Jana Joren Juno Kaia Kenji Lars Leda Lior Liv Luca Maeve Mila Milo Nadia Nilo Noor "
    "Odin Ola Orla Otto Paz Petra Quin Rafa Reza Rhea Rosa Runa Saki Sana Sven Tara Teo Thea Uma Una Vera Vito Wren "
    "Xena Yara Yuri Zeno Zora"
)

LAST_NAMES = _words(
    "Abernon Adlerby Ashgrove Barlowe Beckmar Bellwood Birkdale Brandvik Calder Carrow Castellan Corvane Dahlgren "
    "Darrow Delacorte Dunmore Eastlake Elmstead Fairholt Falkner Farrow Fennimore Galloway Garrick Glenrock Hadleigh "
    "Halvorsen Harrowgate Holmquist Ingelby Jarrow Kestrel Kirkmoor Langmere Larkin Lindqvist Lockridge Maddern "
    "Marlowe Merriweth Moorland Nakashiro Northam Oakhurst Okonjo Orrin Pemberlan Penhallow Quillan Ravensby Redfern "
    "Rosvall Sablewood Sandoval Selwyn Severin Stanmore Sunderby Tamsin Thackery Thornby Underhill Valmont Varga "
    "Wetherby Whitlock Winslade Yarrow Yelland Zeller"
)

_FIRM_FIRST = _words(
    "Alder Amber Anchor Arbor Argent Aspen Atlas Azure Basalt Beacon Birch Bramble Brass Cedar Cinder Cobalt Copper "
    "Coral Crescent Delta Drift Eider Ember Fathom Fern Flint Foxglove Garnet Gilded Granite Harbor Hazel Heron Indigo "
    "Iris Ivory Jasper Juniper Kelp Lantern Larch Lichen Linden Lumen Maple Marble Meridian Mica Mistral Nimbus Noble "
    "Oaken Ochre Onyx Opal Osprey Pebble Pewter Pine Polar Prairie Quartz Quill Reed Ridge River Rowan Rustic Sable "
    "Saffron Sage Sierra Silver Slate Solstice Sparrow Sterling Summit Teal Thistle Timber Topaz Umber Valley Velvet "
    "Verdant Walnut Willow Winter Zephyr"
)

_FIRM_SECOND = _words(
    "Analytics Bakeries Bearings Biotech Brewing Capital Ceramics Chemicals Clinics Cloud Components Construction "
    "Controls Couriers Dairy Data Dental Devices Diagnostics Dynamics Electric Energy Engineering Equipment Fabrics "
    "Finance Foods Freight Furniture Gardens Glass Health Holdings Imaging Industries Instruments Insurance Interiors "
    "Labs Leasing Lighting Logistics Machining Marine Materials Media Medical Metals Mobility Motors Networks Optics "
    "Packaging Paper Parts Payments Pharma Plastics Power Press Printing Products Provisions Pumps Rail Retail "
    "Robotics Security Sensors Shipping Software Solar Steel Storage Studios Supply Systems Telecom Textiles Tools "
    "Trading Transport Travel Turbines Utilities Ventures Warehousing Water Works"
)

INDUSTRIES = (
    "Manufacturing",
    "Logistics",
    "Healthcare",
    "Financial Services",
    "Retail",
    "Energy",
    "Software",
    "Professional Services",
)

TITLES = (
    "Operations Manager",
    "Head of Operations",
    "IT Manager",
    "Chief Information Officer",
    "Finance Director",
    "Procurement Lead",
    "Plant Manager",
    "Data Analyst",
    "Project Manager",
    "Managing Director",
    "Supply Chain Director",
    "Systems Engineer",
)

# Mail providers that give anyone an address: such a domain says nothing about an employer.
FREE_MAIL_DOMAINS = ("freemail.example", "postbox.example", "webmail.example")
SHARED_LOCAL_PARTS = ("info", "sales")

# Country, currency, weight.
COUNTRIES = (
    ("United States", "USD", 50),
    ("Canada", "USD", 6),
    ("Germany", "EUR", 14),
    ("Netherlands", "EUR", 8),
    ("France", "EUR", 6),
    ("United Kingdom", "GBP", 16),
)


def firm_names(rng: Random, count: int) -> list[str]:
    """`count` distinct company names, in an order the seed decides."""
    pairs = [(first, second) for first in _FIRM_FIRST for second in _FIRM_SECOND]
    rng.shuffle(pairs)
    names = [f"{first} {second}" for first, second in pairs[:count]]
    round_number = 2
    while len(names) < count:
        names += [f"{first} {second} {round_number}" for first, second in pairs[: count - len(names)]]
        round_number += 1
    return names


def slug(name: str) -> str:
    """A name as it appears in a domain or an address."""
    return "".join(letter for letter in name.lower() if letter.isalnum())
