"""What a network's rules allow. Core code obeys; the screens say why."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of one network, as its own documents state them.

    ``may_link`` is "yes", "opt_in" or "no": may a profile be tied to a customer record.
    ``link_bases`` are the reasons accepted for a link (empty: all of ``ALL_BASES``).
    ``keep_days`` bounds how long content may be kept (None: as the owner decides).
    ``clause`` is what the network's text says, in our words; ``source`` names it.
    ``price_per_read`` is what one fetched post costs, in US dollars.
    """

    may_link: str = "yes"
    link_bases: tuple[str, ...] = ()
    keep_days: int | None = None
    keep_deleted: bool = False
    delete_on_request: bool = True
    attribution: str = ""
    price_per_read: Decimal = Decimal(0)
    clause: str = ""
    source: str = ""


ALL_BASES = ("stated", "given", "verified", "manual", "inferred")
