"""Keys of the public tables that point nowhere, before a database is made of them."""

from pipeline.engine import quoted, scratch
from pipeline.errors import SinkrateError
from pipeline.publish.keys import FOREIGN_KEYS
from pipeline.publish.shelf import Shelf


def check_keys(tables: Shelf) -> None:
    """Raise SinkrateError naming the first key that is in no row of the table it points to."""
    with scratch() as db:
        for name, columns in FOREIGN_KEYS.items():
            for column, other in columns.items():
                rows, known = (f"read_parquet({quoted(tables.path(one))})" for one in (name, other))
                query = f'SELECT n."{column}" FROM {rows} n ANTI JOIN {known} o ON o.id = n."{column}" WHERE n."{column}" IS NOT NULL LIMIT 1'
                if found := db.execute(query).fetchone():
                    raise SinkrateError(nowhere(name, column, other, found[0]))


def nowhere(name: str, column: str, other: str, value: object) -> str:
    """What is wrong with a key."""
    return f"{name}.{column} holds {value!r}, which is not in {other}: publish both or neither"
