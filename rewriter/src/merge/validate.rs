//! Validation of a module, its bodies in parallel.

use rayon::prelude::*;
use wasmparser::{FuncValidatorAllocations, Parser, Result, ValidPayload, Validator, WasmFeatures};

/// Validates with every feature. The error is the first in the order of the file.
pub(super) fn validate(bytes: &[u8]) -> Result<()> {
    let mut validator = Validator::new_with_features(WasmFeatures::all());
    let mut parser = Parser::new(0);
    parser.set_features(WasmFeatures::all());
    let mut bodies = Vec::new();
    for payload in parser.parse_all(bytes) {
        if let ValidPayload::Func(function, body) = validator.payload(&payload?)? {
            bodies.push((function, body));
        }
    }
    let outcomes: Vec<Result<()>> = bodies
        .into_par_iter()
        .with_min_len(64)
        .map_init(FuncValidatorAllocations::default, |allocations, (function, body)| {
            let mut validator = function.into_validator(std::mem::take(allocations));
            let outcome = validator.validate(&body);
            *allocations = validator.into_allocations();
            outcome
        })
        .collect();
    // The first error of the file, whichever thread finished first.
    outcomes.into_iter().collect()
}
