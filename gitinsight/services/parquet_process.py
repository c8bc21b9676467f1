"""The process that turns rows of series into a Parquet file: ``parquet_process ROWS FILE``."""

from __future__ import annotations

import sys


def main(rows: str, path: str) -> None:
    """Write the rows of a CSV file as Parquet, in batches."""
    import polars as pl

    texts = dict.fromkeys(
        ("metric", "definition", "analyzer", "unit", "bucket", "at", "part", "reason"), pl.String
    )
    frame = pl.scan_csv(rows, schema_overrides={**texts, "value": pl.Float64})
    at = pl.col("at").str.to_datetime(time_unit="us", time_zone="UTC", format="%+")
    whole = pl.col("part", "reason").fill_null("")
    frame.with_columns(at, whole).sink_parquet(path, compression="zstd")


if __name__ == "__main__":
    main(*sys.argv[1:])
