//! Writers.

