//! Tables as Parquet: the same rows as CSV, numbers rounded to the same decimals, fixed row groups and codec, no time of
//! writing, so that equal runs give equal bytes.

use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{Type, TypePtr};

use super::columns::{ColumnKind, ColumnSpec, TableSpec};
use super::csv::{Cell, RowSink, rounded};

/// Rows in a row group.
const ROWS_IN_GROUP: usize = 65_536;

/// The values of a column in the row group at hand; a definition level is 1 where there is a value.
enum Buffer {
    Text(Vec<ByteArray>, Vec<i16>),
    Integer(Vec<i64>, Vec<i16>),
    Number(Vec<f64>, Vec<i16>),
}

/// Writes a table as Parquet.
pub struct ParquetSink<W: Write + Send> {
    table: &'static TableSpec,
    writer: SerializedFileWriter<W>,
    buffers: Vec<Buffer>,
    n_rows: usize,
}

impl<W: Write + Send> ParquetSink<W> {
    /// A sink for a table; the calibration status goes into the file's metadata.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn new(table: &'static TableSpec, out: W, calibration: &str) -> io::Result<Self> {
        let metadata = vec![KeyValue::new("calibration".to_owned(), calibration.to_owned())];
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_max_row_group_row_count(Some(ROWS_IN_GROUP))
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_created_by("citytwin".to_owned())
            .set_key_value_metadata(Some(metadata))
            .build();
        let writer =
            SerializedFileWriter::new(out, schema(table).map_err(other)?, Arc::new(properties)).map_err(other)?;
        Ok(Self { table, writer, buffers: table.columns.iter().map(buffer).collect(), n_rows: 0 })
    }

    /// Writes what is still buffered and the file's end.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn finish(mut self) -> io::Result<()> {
        if self.n_rows > 0 {
            self.write_group().map_err(other)?;
        }
        self.writer.close().map(|_| ()).map_err(other)
    }

    fn write_group(&mut self) -> Result<(), ParquetError> {
        let mut group = self.writer.next_row_group()?;
        for buffer in &self.buffers {
            let mut column = group.next_column()?.expect("the schema has as many columns as the table");
            match buffer {
                Buffer::Text(values, levels) => {
                    column.typed::<ByteArrayType>().write_batch(values, Some(levels), None)?;
                }
                Buffer::Integer(values, levels) => {
                    column.typed::<Int64Type>().write_batch(values, Some(levels), None)?;
                }
                Buffer::Number(values, levels) => {
                    column.typed::<DoubleType>().write_batch(values, Some(levels), None)?;
                }
            }
            column.close()?;
        }
        group.close()?;
        self.buffers = self.table.columns.iter().map(buffer).collect();
        self.n_rows = 0;
        Ok(())
    }
}

impl<W: Write + Send> RowSink for ParquetSink<W> {
    fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        assert_eq!(cells.len(), self.table.columns.len(), "a row of {} has its columns", self.table.name);
        for ((cell, column), buffer) in cells.iter().zip(self.table.columns).zip(&mut self.buffers) {
            push(buffer, *cell, column);
        }
        self.n_rows += 1;
        if self.n_rows == ROWS_IN_GROUP {
            self.write_group().map_err(other)?;
        }
        Ok(())
    }
}

fn push(buffer: &mut Buffer, cell: Cell<'_>, column: &ColumnSpec) {
    let levels = match (buffer, cell) {
        (Buffer::Text(values, levels), Cell::Text(text)) => {
            values.push(ByteArray::from(text));
            levels.push(1);
            return;
        }
        (Buffer::Integer(values, levels), Cell::Integer(number)) => {
            values.push(number);
            levels.push(1);
            return;
        }
        (Buffer::Number(values, levels), Cell::Number(number)) if number.is_finite() => {
            let ColumnKind::Number(decimals) = column.kind else {
                unreachable!("number buffers are of number columns")
            };
            values.push(rounded(number, decimals));
            levels.push(1);
            return;
        }
        (Buffer::Text(_, levels) | Buffer::Integer(_, levels) | Buffer::Number(_, levels), _) => levels,
    };
    levels.push(0);
}

fn buffer(column: &ColumnSpec) -> Buffer {
    match column.kind {
        ColumnKind::Text => Buffer::Text(Vec::new(), Vec::new()),
        ColumnKind::Integer => Buffer::Integer(Vec::new(), Vec::new()),
        ColumnKind::Number(_) => Buffer::Number(Vec::new(), Vec::new()),
    }
}

fn schema(table: &TableSpec) -> Result<TypePtr, ParquetError> {
    let fields = table.columns.iter().map(|column| {
        let (physical, logical) = match column.kind {
            ColumnKind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            ColumnKind::Integer => (Physical::INT64, None),
            ColumnKind::Number(_) => (Physical::DOUBLE, None),
        };
        Type::primitive_type_builder(column.name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical)
            .build()
            .map(Arc::new)
    });
    let fields: Vec<TypePtr> = fields.collect::<Result<_, _>>()?;
    Type::group_type_builder(table.name).with_fields(fields).build().map(Arc::new)
}

fn other(error: ParquetError) -> io::Error {
    io::Error::other(error)
}

#[cfg(test)]
mod tests {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::RowAccessor;

    use super::*;
    use crate::write::columns::INDICATORS;

    #[test]
    fn rows_come_back_with_empty_cells_as_null() {
        let path = tempfile::tempdir().unwrap();
        let file = path.path().join("indicators.parquet");
        let mut sink = ParquetSink::new(&INDICATORS, std::fs::File::create(&file).unwrap(), "not calibrated").unwrap();
        let cells: [Cell<'_>; 10] = [
            "a".into(),
            "b".into(),
            1.234_56.into(),
            "".into(),
            f64::NAN.into(),
            Cell::Empty,
            "0/1".into(),
            "simulated".into(),
            "".into(),
            "not calibrated".into(),
        ];
        sink.row(&cells).unwrap();
        sink.finish().unwrap();
        let reader = SerializedFileReader::new(std::fs::File::open(&file).unwrap()).unwrap();
        let row = reader.get_row_iter(None).unwrap().next().unwrap().unwrap();
        assert_eq!(row.get_string(0).unwrap(), "a");
        assert_eq!(row.get_double(2).unwrap(), 1.2346);
        assert!(row.get_double(4).is_err() && row.get_double(5).is_err());
    }
}
