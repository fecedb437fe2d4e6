"""How platforms were seen to fail; each way has a test of its name and a row in docs/faults.md."""

from __future__ import annotations

import re

FAULTS = (
    "cap 429 without a reset header",
    "429 with a reset in the past",
    "402 no credit",
    "403 not summoned, wording of April",
    "403 not summoned, wording of July",
    "403 duplicate",
    "HTML 503",
    "200 that is not JSON",
    "hang",
    "connection cut before the request is read",
    "connection cut after a POST was accepted",
    "deleted before anchor",
    "burst of more than 1,000 items",
    "burst of 250 posts with a page budget of 1",
    "edited post",
    "partial errors beside data",
    "new field dialect",
    "401 without its header",
    "reply that comes back as None",
    "items out of order",
    "same item twice",
    "since_id older than 7 days",
    "end of the mentions timeline at 800",
)


def name_of_test(fault: str) -> str:
    """The name of the test that a fault must have."""
    return "test_" + re.sub(r"\W+", "_", fault.lower().replace(",", "")).strip("_")
