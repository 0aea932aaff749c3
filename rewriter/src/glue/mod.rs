//! Edits of the JavaScript, found in its syntax tree, applied as text splices.
