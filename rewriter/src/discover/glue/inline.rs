//! How a wasm is spelled inside a glue (`-sSINGLE_FILE`), both ways.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::InlineEncoding;

const DATA_URI: &str = "data:application/octet-stream;base64,";
/// `\0asm` in base64, as far as the four bytes fill the letters.
const MAGIC_BASE64: &str = "AGFzb";

/// The wasm that the value of a string literal spells, and how. `None`: it spells none.
pub fn decode(value: &str) -> Option<(Vec<u8>, InlineEncoding)> {
    if let Some(text) = value
        .strip_prefix(DATA_URI)
        .filter(|text| text.starts_with(MAGIC_BASE64))
    {
        return Some((STANDARD.decode(text).ok()?, InlineEncoding::Base64DataUri));
    }
    if value.starts_with(MAGIC_BASE64) {
        return Some((STANDARD.decode(value).ok()?, InlineEncoding::Base64));
    }
    let bytes = value.chars().take(4).map(binary_byte).collect::<Option<Vec<u8>>>()?;
    if bytes != b"\0asm" {
        return None;
    }
    let bytes = value.chars().map(binary_byte).collect::<Option<Vec<u8>>>()?;
    Some((bytes, InlineEncoding::Binary))
}

/// What `binaryDecode` of Emscripten 5 and 6 makes of one UTF-16 unit: `~c >> 8 & c`, kept to a byte.
/// So U+0100 stands for the byte 0 in files that must not hold a NUL.
fn binary_byte(unit: char) -> Option<u8> {
    let code = i32::try_from(u32::from(unit)).ok().filter(|code| *code < 0x1_0000)?;
    Some(((!code >> 8) & code & 0xff) as u8)
}

/// The literal, quotes included, that spells `bytes`. `quote` is the one of the literal that it replaces.
pub fn encode(bytes: &[u8], encoding: InlineEncoding, quote: char) -> String {
    let mut literal = String::with_capacity(bytes.len() * 3 / 2 + DATA_URI.len() + 2);
    literal.push(quote);
    match encoding {
        InlineEncoding::Base64DataUri => {
            literal.push_str(DATA_URI);
            STANDARD.encode_string(bytes, &mut literal);
        }
        InlineEncoding::Base64 => STANDARD.encode_string(bytes, &mut literal),
        InlineEncoding::Binary => {
            for &byte in bytes {
                match byte {
                    b'\n' => literal.push_str("\\n"),
                    b'\r' => literal.push_str("\\r"),
                    b'\\' => literal.push_str("\\\\"),
                    // A template literal would take `${` for a substitution.
                    b'$' if quote == '`' => literal.push_str("\\$"),
                    _ if char::from(byte) == quote => {
                        literal.push('\\');
                        literal.push(quote);
                    }
                    _ => literal.push(char::from(byte)),
                }
            }
        }
    }
    literal.push(quote);
    literal
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discover::glue::{WasmSource, scan};

    #[test]
    fn every_byte_survives_every_encoding_and_every_quote() {
        let mut bytes = b"\0asm\x01\0\0\0".to_vec();
        bytes.extend(0..=255);
        bytes.extend(b"${x}\\u0000\r\n'\"`");
        for encoding in [
            InlineEncoding::Base64DataUri,
            InlineEncoding::Base64,
            InlineEncoding::Binary,
        ] {
            for quote in ['\'', '"'] {
                let literal = encode(&bytes, encoding, quote);
                let facts = scan(&format!("var wasm = {literal};")).expect("a string literal");
                assert_eq!(
                    facts.wasm,
                    WasmSource::Inline {
                        bytes: bytes.clone(),
                        encoding,
                        literal: 11..11 + literal.len(),
                        quote,
                    }
                );
            }
        }
    }

    #[test]
    fn what_only_starts_like_a_wasm_is_none() {
        assert_eq!(decode("data:application/octet-stream;base64,AAAA"), None);
        assert_eq!(decode("AGFzb!"), None);
        assert_eq!(decode("\0as"), None);
        assert_eq!(decode("\0asm\u{1f600}"), None);
        assert_eq!(decode(""), None);
    }

    #[test]
    fn the_decoder_of_emscripten_6_reads_a_letter_above_a_byte_as_zero() {
        assert_eq!(decode("\u{100}asm").map(|(bytes, _)| bytes), Some(b"\0asm".to_vec()));
    }
}
