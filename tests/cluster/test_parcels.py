"""Parcels: what goes in comes out, in the bucket it is for."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cluster import parcels
from pipeline.cluster.parcels import Parcel, bucket_of, packed, scattered, unpacked

ROWS = st.lists(st.tuples(st.text(max_size=8), st.none() | st.integers(-5, 5)), max_size=40)


def table(rows: list[tuple[str, int | None]]) -> pa.Table:
    return pa.table(
        {
            "key": pa.array([key for key, _ in rows], pa.string()),
            "value": pa.array([value for _, value in rows], pa.int64()),
        }
    )


@given(ROWS)
def test_a_table_arrives_as_it_left(rows: list[tuple[str, int | None]]) -> None:
    sent = table(rows)
    batches = list(packed(Parcel("some", sent, 3)))
    assert all(batch.schema == parcels.SCHEMA and batch["bucket"].to_pylist() == [3] for batch in batches)
    assert unpacked(batches)["some"].equals(sent)


@given(ROWS, st.integers(1, 7), st.sets(st.integers(0, 6)))
def test_each_row_goes_to_the_bucket_of_its_key_and_order_is_kept(
    rows: list[tuple[str, int | None]], buckets: int, every: set[int]
) -> None:
    sent = table(rows)
    found = {parcel.bucket: parcel.table for parcel in scattered("some", sent, bucket_of(sent["key"], buckets), every)}
    assert every <= set(found)
    for bucket, part in found.items():
        own = [row for row, at in zip(rows, bucket_of(sent["key"], buckets).tolist(), strict=True) if at == bucket]
        assert list(zip(part["key"].to_pylist(), part["value"].to_pylist(), strict=True)) == own


def test_columns_that_differ_in_nullability_only_come_together() -> None:
    strict = pa.table({"key": pa.array(["a"])}, pa.schema([pa.field("key", pa.string(), nullable=False)]))
    loose = pa.table({"key": pa.array([None], pa.string())})
    both = unpacked([*packed(Parcel("some", strict)), *packed(Parcel("some", loose))])
    assert both["some"]["key"].to_pylist() == ["a", None]
