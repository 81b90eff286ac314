//! Rows in columns.

use crate::report::Text;

/// Adds rows, each column as wide as its longest cell.
pub(crate) fn add_table<const N: usize>(text: &mut Text, rows: &[[String; N]]) {
    let width = |column: usize| {
        let lengths = rows.iter().map(|row| row[column].chars().count());
        lengths.max().unwrap_or_default()
    };
    let widths: Vec<_> = (0..N).map(width).collect();
    for row in rows {
        let cells = row.iter().zip(&widths);
        let cells: Vec<_> = cells
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        text.line(cells.join("  ").trim_end());
    }
}
