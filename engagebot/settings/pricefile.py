"""`config/prices.yaml`: what the platforms charge, as values."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from engagebot.domain.listening.costs import PriceList, Prices
from engagebot.errors import FilesInvalid, Finding
from engagebot.settings.configfile import Strict
from engagebot.settings.written import Day, Money, Name, Url
from engagebot.yamlfile import read_text, read_yaml, validate

PRICES = "config/prices.yaml"


class PriceListModel(Strict):
    source: Url | None = None
    read_on: Day | None = None
    units: dict[Name, Money] = Field(default_factory=dict)


class PricesModel(Strict):
    """The whole file; budgets are written in `usd_…`, so it has one currency."""

    currency: Literal["USD"] = "USD"
    connectors: dict[Name, PriceListModel] = Field(default_factory=dict)


def read_prices(site: Path, findings: list[Finding]) -> Prices:
    """Read a site's price list; a site without one has no prices, and everything counts as free."""
    path = site / PRICES
    if not path.exists():
        return Prices()
    try:
        model, faults = validate(read_yaml(read_text(path, PRICES), PRICES), PricesModel)
    except FilesInvalid as error:
        findings += error.findings
        return Prices()
    findings += faults
    if model is None:
        return Prices()
    return Prices(
        currency=model.currency,
        connectors={
            name: PriceList(units=dict(found.units), source=found.source, read_on=found.read_on)
            for name, found in model.connectors.items()
        },
    )
