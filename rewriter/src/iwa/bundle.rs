//! A signed web bundle: all files of an app in one, as Chromium installs it from a file or a server.
//!
//! First stands the integrity block, version 2, with the signature
//! (<https://github.com/WICG/webpackage/blob/main/explainers/integrity-signature.md>), then the web bundle, version b2
//! (<https://www.ietf.org/archive/id/draft-ietf-wpack-bundled-responses-01.html>). Both are CBOR, deterministically encoded (RFC
//! 8949, section 4.2.1): keys of maps are in the order of their bytes, and shorter ones first.

use super::key::Key;
use super::serve::content_type;
use minicbor::Encoder;
use minicbor::encode::Error;
use sha2::{Digest, Sha512};
use std::collections::BTreeMap;
use std::convert::Infallible;

/// Why a bundle is not written: no reason is known, as it is written into memory.
pub type BundleError = Error<Infallible>;

const MAGIC: &str = "🌐📦";
const VERSION: &[u8] = b"b2\0\0";
const INTEGRITY_MAGIC: &str = "🖋📦";
const INTEGRITY_VERSION: &[u8] = b"2b\0\0";

/// What each response says beside its type: what an Isolated Web App is held to anyway, for tools that look for it.
const HEADERS: [(&str, &str); 5] = [
    (":status", "200"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-embedder-policy", "require-corp"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "content-security-policy",
        "base-uri 'none'; default-src 'self'; object-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
         style-src 'self' 'unsafe-inline'; connect-src 'self' https: wss: blob: data:; frame-ancestors 'self'; \
         require-trusted-types-for 'script'",
    ),
];

/// The bundle of an app with these files, by their paths in it, signed with `key`.
///
/// # Errors
/// None that is known.
pub fn signed(files: &BTreeMap<String, Vec<u8>>, key: &Key) -> Result<Vec<u8>, BundleError> {
    let bundle = bundle(files, &format!("isolated-app://{}", key.id()))?;
    let mut attributes = Encoder::new(Vec::new());
    attributes.map(1)?.str("ed25519PublicKey")?.bytes(&key.public())?;
    let attributes = attributes.into_writer();
    let hash = Sha512::digest(&bundle);
    let parts = [hash.as_slice(), &integrity_block(key, None)?, &attributes];
    let length = |part: &[u8]| (part.len() as u64).to_be_bytes();
    let stated: Vec<u8> = parts.iter().flat_map(|part| [&length(part), *part].concat()).collect();
    let signature = key.sign(&stated).to_bytes();
    let mut whole = integrity_block(key, Some((&attributes, &signature)))?;
    whole.extend(bundle);
    Ok(whole)
}

/// Without a signature it is what is signed.
fn integrity_block(key: &Key, signature: Option<(&[u8], &[u8])>) -> Result<Vec<u8>, BundleError> {
    let mut block = Encoder::new(Vec::new());
    block
        .array(4)?
        .bytes(INTEGRITY_MAGIC.as_bytes())?
        .bytes(INTEGRITY_VERSION)?;
    block.map(1)?.str("webBundleId")?.str(&key.id())?;
    block.array(signature.iter().count() as u64)?;
    if let Some((attributes, signature)) = signature {
        block.array(2)?.writer_mut().extend(attributes);
        block.bytes(signature)?;
    }
    Ok(block.into_writer())
}

/// The unsigned bundle: an index of addresses, then the responses. `origin` without a slash at its end.
fn bundle(files: &BTreeMap<String, Vec<u8>>, origin: &str) -> Result<Vec<u8>, BundleError> {
    let mut responses = Encoder::new(Vec::new());
    responses.array(files.len() as u64)?;
    let mut places = Vec::new();
    for (path, body) in files {
        let start = responses.writer().len();
        responses.array(2)?.bytes(&headers(path)?)?.bytes(body)?;
        places.push((
            format!("{origin}/{}", super::address(path)),
            start,
            responses.writer().len() - start,
        ));
    }
    places.sort_by(|(one, ..), (other, ..)| (one.len(), one).cmp(&(other.len(), other)));
    let mut index = Encoder::new(Vec::new());
    index.map(places.len() as u64)?;
    for (address, start, length) in places {
        index.str(&address)?.array(2)?.u64(start as u64)?.u64(length as u64)?;
    }
    let (index, responses) = (index.into_writer(), responses.into_writer());

    let mut lengths = Encoder::new(Vec::new());
    lengths.array(4)?.str("index")?.u64(index.len() as u64)?;
    lengths.str("responses")?.u64(responses.len() as u64)?;
    let mut bundle = Encoder::new(Vec::new());
    bundle
        .array(5)?
        .bytes(MAGIC.as_bytes())?
        .bytes(VERSION)?
        .bytes(lengths.writer())?;
    bundle.array(2)?.writer_mut().extend([index, responses].concat());
    // The length of it all, with this field of nine bytes.
    let length = bundle.writer().len() as u64 + 9;
    bundle.bytes(&length.to_be_bytes())?;
    Ok(bundle.into_writer())
}

fn headers(path: &str) -> Result<Vec<u8>, BundleError> {
    let mut all = HEADERS.to_vec();
    all.push(("content-type", content_type(path)));
    all.sort_by_key(|(name, _)| (name.len(), *name));
    let mut map = Encoder::new(Vec::new());
    map.map(all.len() as u64)?;
    for (name, value) in all {
        map.bytes(name.as_bytes())?.bytes(value.as_bytes())?;
    }
    Ok(map.into_writer())
}
