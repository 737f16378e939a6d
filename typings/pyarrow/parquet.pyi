"""What Lorewright uses of Arrow's Parquet files."""

from collections.abc import Iterator, Mapping, Sequence
from os import PathLike
from typing import Any, BinaryIO

from pyarrow import NativeFile, RecordBatch, Schema, Table

class RowGroupMetaData:
    num_rows: int
    num_columns: int
    total_byte_size: int

class FileMetaData:
    num_rows: int
    num_columns: int
    num_row_groups: int
    created_by: str
    metadata: Mapping[bytes, bytes] | None
    def row_group(self, i: int) -> RowGroupMetaData: ...

class ParquetFile:
    metadata: FileMetaData
    schema_arrow: Schema
    num_row_groups: int
    def __init__(
        self,
        source: str | PathLike[str] | NativeFile | BinaryIO,
        *,
        memory_map: bool = ...,
        buffer_size: int = ...,
        pre_buffer: bool = ...,
        thrift_string_size_limit: int | None = ...,
        thrift_container_size_limit: int | None = ...,
        page_checksum_verification: bool = ...,
    ) -> None: ...
    def iter_batches(
        self,
        batch_size: int = ...,
        row_groups: Sequence[int] | None = ...,
        columns: Sequence[str] | None = ...,
        use_threads: bool = ...,
    ) -> Iterator[RecordBatch]: ...
    def read(self, columns: Sequence[str] | None = ..., use_threads: bool = ...) -> Table: ...
    def read_row_group(self, i: int, columns: Sequence[str] | None = ...) -> Table: ...
    def close(self) -> None: ...
    def __enter__(self) -> ParquetFile: ...
    def __exit__(self, *args: object) -> None: ...

class ParquetWriter:
    def __init__(
        self,
        where: str | PathLike[str] | NativeFile | BinaryIO,
        schema: Schema,
        *,
        compression: str = ...,
        use_dictionary: bool | list[str] = ...,
        **options: Any,
    ) -> None: ...
    def write_table(self, table: Table, row_group_size: int | None = ...) -> None: ...
    def write_batch(self, batch: RecordBatch, row_group_size: int | None = ...) -> None: ...
    def close(self) -> None: ...
    def __enter__(self) -> ParquetWriter: ...
    def __exit__(self, *args: object) -> None: ...

def read_table(
    source: str | PathLike[str] | NativeFile | BinaryIO,
    *,
    columns: Sequence[str] | None = ...,
    use_threads: bool = ...,
    memory_map: bool = ...,
) -> Table: ...
def write_table(
    table: Table,
    where: str | PathLike[str] | NativeFile | BinaryIO,
    *,
    row_group_size: int | None = ...,
    compression: str = ...,
    compression_level: int | None = ...,
    use_dictionary: bool | list[str] = ...,
    write_statistics: bool | list[str] = ...,
    store_schema: bool = ...,
    **options: Any,
) -> None: ...
def read_schema(where: str | PathLike[str] | NativeFile) -> Schema: ...
def read_metadata(where: str | PathLike[str] | NativeFile) -> FileMetaData: ...
