"""How values lie in columns, and how they come back."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from engagebot.store.types import UtcTime, decode, encode

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
LONE = st.characters(categories=["Cs"])
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TIMES = st.timedeltas(timedelta(days=-9000), timedelta(days=2_900_000)).map(lambda span: EPOCH + span)


@given(JSON)
def test_json_comes_back_as_it_was(value: object) -> None:
    assert decode(encode(value)) == value
    assert decode(json.dumps(value)) == value


@given(st.text(), LONE, st.text())
def test_half_a_character_comes_back_as_a_sign_that_stands_for_it(before: str, half: str, after: str) -> None:
    text = f"{before}{half}{after}"

    assert decode(encode({"text": text})) == {"text": re.sub("[\ud800-\udfff]", "\ufffd", text)}


@given(TIMES)
def test_times_are_kept_to_the_millisecond(at: datetime) -> None:
    dialect: sa.Dialect = sqlite.dialect()
    written = UtcTime().bind_processor(dialect)(at)

    assert UtcTime().result_processor(dialect, None)(written) == at - timedelta(
        microseconds=at.microsecond % 1000
    )
