//! Source maps of a wasm: all on one line, whose columns are offsets into the file.
//!
//! Only the columns change. They are written as differences (VLQ in base 64), so each segment's first
//! number is written anew and the rest of it is copied.

use super::offsets::OffsetMap;
use wasm_encoder::Encode;

/// Name of the custom section that tells where the source map is
/// (<https://tc39.es/ecma426/#sec-linking-inline>: a name, as wasm encodes one).
pub const SECTION: &str = "sourceMappingURL";

/// What the section says, if there is one that can be read.
#[must_use]
pub fn url(wasm: &[u8]) -> Option<String> {
    let mut sections = wasmparser::Parser::new(0).parse_all(wasm).map_while(Result::ok);
    sections.find_map(|payload| match payload {
        wasmparser::Payload::CustomSection(custom) if custom.name() == SECTION => {
            let mut reader = wasmparser::BinaryReader::new(custom.data(), custom.data_offset());
            Some(reader.read_string().ok()?.to_owned())
        }
        _ => None,
    })
}

/// The contents of a section that names this place.
pub(super) fn section(url: &str) -> Vec<u8> {
    let mut contents = Vec::new();
    url.encode(&mut contents);
    contents
}

/// Why a source map could not be corrected.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum SourceMapError {
    /// It is no JSON.
    #[error("the source map is not JSON: {0}")]
    Json(String),
    /// It is an index map, or it has no mappings.
    #[error("the source map has no `mappings` string")]
    Mappings,
    /// The mappings have a second line, so they are not those of a wasm.
    #[error("the source map has more than one line, so it is not that of a wasm")]
    Lines,
    /// A segment is malformed.
    #[error("the source map's mappings are malformed at character {0}")]
    Segment(usize),
}

/// The source map with the columns where the code is now. Mappings of what is not code (there should be
/// none) are dropped.
pub fn correct(source_map: &[u8], offsets: &OffsetMap) -> Result<Vec<u8>, SourceMapError> {
    let mut map: serde_json::Value =
        serde_json::from_slice(source_map).map_err(|error| SourceMapError::Json(error.to_string()))?;
    let Some(serde_json::Value::String(mappings)) = map.get_mut("mappings") else {
        return Err(SourceMapError::Mappings);
    };
    let new = moved(mappings, offsets)?;
    // Almost always the string stands in the file as it is, once, and nothing else of the file need change.
    let literal = format!("\"{mappings}\"");
    if let Ok(text) = std::str::from_utf8(source_map)
        && text.matches(&literal).count() == 1
    {
        return Ok(text.replacen(&literal, &format!("\"{new}\""), 1).into_bytes());
    }
    *mappings = new;
    serde_json::to_vec(&map).map_err(|error| SourceMapError::Json(error.to_string()))
}

fn moved(mappings: &str, offsets: &OffsetMap) -> Result<String, SourceMapError> {
    if mappings.contains(';') {
        return Err(SourceMapError::Lines);
    }
    let mut out = String::with_capacity(mappings.len() + mappings.len() / 8);
    let (mut old, mut written) = (0i64, 0i64);
    // The other numbers are differences too, to the segment before: a dropped one would change their meaning,
    // so a segment whose column cannot be mapped keeps the place of the one before it.
    let mut position = 0;
    for (index, segment) in mappings.split(',').enumerate() {
        if index > 0 {
            out.push(',');
        }
        if !segment.is_empty() {
            let (difference, rest) = decode(segment).ok_or(SourceMapError::Segment(position))?;
            old = old.checked_add(difference).ok_or(SourceMapError::Segment(position))?;
            let column = u64::try_from(old).map_err(|_| SourceMapError::Segment(position))?;
            let new = offsets.in_file(column).and_then(|new| i64::try_from(new).ok());
            let new = new.unwrap_or(written);
            encode(new - written, &mut out);
            written = new;
            out.push_str(rest);
        }
        position += segment.len() + 1;
    }
    Ok(out)
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The first number of a segment and what comes behind it.
fn decode(segment: &str) -> Option<(i64, &str)> {
    let mut value = 0u64;
    for (index, byte) in segment.bytes().enumerate() {
        let digit = DIGITS.iter().position(|known| *known == byte)? as u64;
        // Seven digits hold 35 bits, more than any file offset.
        if index >= 7 {
            return None;
        }
        value |= (digit & 31) << (5 * index);
        if digit & 32 == 0 {
            let magnitude = (value >> 1) as i64;
            let number = if value & 1 == 1 { -magnitude } else { magnitude };
            return Some((number, &segment[index + 1..]));
        }
    }
    None
}

fn encode(number: i64, out: &mut String) {
    let mut rest = number.unsigned_abs() << 1 | u64::from(number < 0);
    loop {
        let digit = (rest & 31) as usize;
        rest >>= 5;
        let more = if rest > 0 { 32 } else { 0 };
        out.push(char::from(DIGITS[digit | more]));
        if rest == 0 {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Code at 100..200 in a file that became 10 longer before it; from 50 in it on, 2 more.
    fn offsets() -> OffsetMap {
        let mut offsets = OffsetMap::new(100..200);
        offsets.step(50, 52);
        offsets.starts_at(110);
        offsets
    }

    fn segments(columns: &[i64]) -> String {
        let mut before = 0;
        let mut segments = Vec::new();
        for column in columns {
            let mut segment = String::new();
            encode(column - before, &mut segment);
            segments.push(segment + "AAC");
            before = *column;
        }
        segments.join(",")
    }

    #[test]
    fn columns_move_and_the_rest_stays() {
        let map = format!(
            r#"{{"version":3,"mappings":"{}","names":[],"sources":["a.c"]}}"#,
            segments(&[100, 149, 150, 160, 200])
        );
        let corrected = correct(map.as_bytes(), &offsets()).expect("corrected");
        let moved = segments(&[110, 159, 162, 172, 212]);
        let expected = format!(r#"{{"version":3,"mappings":"{moved}","names":[],"sources":["a.c"]}}"#);
        assert_eq!(String::from_utf8(corrected).expect("text"), expected);
    }

    #[test]
    fn numbers_survive_the_encoding() {
        for number in [0, 1, -1, 15, 16, -16, 1023, 123_456_789, -123_456_789] {
            let mut text = String::new();
            encode(number, &mut text);
            assert_eq!(decode(&(text + "rest")), Some((number, "rest")));
        }
    }

    #[test]
    fn what_is_no_source_map_of_a_wasm_is_refused() {
        let error = |map: &str| correct(map.as_bytes(), &offsets()).expect_err("refused");
        assert!(matches!(error("{"), SourceMapError::Json(_)));
        assert_eq!(error("{}"), SourceMapError::Mappings);
        assert_eq!(error(r#"{"mappings":"AAAA;AAAA"}"#), SourceMapError::Lines);
        assert_eq!(error(r#"{"mappings":"AAAA,!"}"#), SourceMapError::Segment(5));
        assert_eq!(error(r#"{"mappings":"zzzzzzzzz"}"#), SourceMapError::Segment(0));
        assert_eq!(error(r#"{"mappings":"DAAA"}"#), SourceMapError::Segment(0));
    }
}
