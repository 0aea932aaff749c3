//! The signed bundle of an app, read as the specifications have it.

use ed25519_dalek::{Signature, VerifyingKey};
use minicbor::Decoder;
use sha2::{Digest, Sha512};
use std::collections::BTreeMap;
use wasm_direct_sockets::iwa::Key;
use wasm_direct_sockets::iwa::bundle::signed;

fn files() -> BTreeMap<String, Vec<u8>> {
    let long = vec![7; 70_000];
    let files = [
        ("index.html", b"page".to_vec()),
        ("program/a b.wasm", long),
        (".well-known/manifest.webmanifest", b"{}".to_vec()),
        ("program/empty.data", Vec::new()),
    ];
    files.map(|(path, body)| (path.to_owned(), body)).into()
}

/// Checks the integrity block and its signature; answers the bundle behind it.
fn verified<'b>(whole: &'b [u8], key: &Key) -> Result<&'b [u8], String> {
    let mut block = Decoder::new(whole);
    let told = |error: minicbor::decode::Error| error.to_string();
    assert_eq!(block.array().map_err(told)?, Some(4));
    assert_eq!(block.bytes().map_err(told)?, "🖋📦".as_bytes());
    assert_eq!(block.bytes().map_err(told)?, b"2b\0\0");
    assert_eq!(block.map().map_err(told)?, Some(1));
    assert_eq!(block.str().map_err(told)?, "webBundleId");
    assert_eq!(block.str().map_err(told)?, key.id());
    let before = block.position();
    assert_eq!(block.array().map_err(told)?, Some(1));
    assert_eq!(block.array().map_err(told)?, Some(2));
    let start = block.position();
    assert_eq!(block.map().map_err(told)?, Some(1));
    assert_eq!(block.str().map_err(told)?, "ed25519PublicKey");
    let public = block.bytes().map_err(told)?;
    let attributes = &whole[start..block.position()];
    let signature = Signature::from_slice(block.bytes().map_err(told)?).map_err(|error| error.to_string())?;
    let bundle = &whole[block.position()..];

    let unsigned = [&whole[..before], &[0x80]].concat();
    let mut stated = Vec::new();
    for part in [Sha512::digest(bundle).as_slice(), &unsigned, attributes] {
        stated.extend((part.len() as u64).to_be_bytes());
        stated.extend(part);
    }
    let public =
        VerifyingKey::from_bytes(public.try_into().map_err(|_| "length")?).map_err(|error| error.to_string())?;
    public
        .verify_strict(&stated, &signature)
        .map_err(|error| error.to_string())?;
    Ok(bundle)
}

#[test]
fn every_file_is_at_its_address() {
    let key = Key::generate().expect("a key");
    let whole = signed(&files(), &key).expect("a bundle");
    let bundle = verified(&whole, &key).expect("signed");

    let mut top = Decoder::new(bundle);
    assert_eq!(top.array().expect("array"), Some(5));
    assert_eq!(top.bytes().expect("magic"), "🌐📦".as_bytes());
    assert_eq!(top.bytes().expect("version"), b"b2\0\0");
    let mut lengths = Decoder::new(top.bytes().expect("lengths"));
    assert_eq!(lengths.array().expect("array"), Some(4));
    assert_eq!(lengths.str().expect("name"), "index");
    let index_length = lengths.u64().expect("length") as usize;
    assert_eq!(lengths.str().expect("name"), "responses");
    let responses_length = lengths.u64().expect("length") as usize;
    assert_eq!(top.array().expect("sections"), Some(2));
    let start = top.position();
    let responses = start + index_length;
    let end = responses + responses_length;
    assert_eq!(
        Decoder::new(&bundle[end..]).bytes().expect("length"),
        (bundle.len() as u64).to_be_bytes()
    );

    let mut index = Decoder::new(&bundle[start..responses]);
    let mut found = BTreeMap::new();
    let mut last = Vec::new();
    for _ in 0..index.map().expect("map").expect("a length") {
        let before = index.position();
        let address = index.str().expect("address");
        let encoded = bundle[start + before..start + index.position()].to_vec();
        assert!(encoded > last, "in order: {address}");
        last = encoded;
        assert_eq!(index.array().expect("array"), Some(2));
        let place = responses + index.u64().expect("offset") as usize;
        let length = index.u64().expect("length") as usize;
        let mut response = Decoder::new(&bundle[place..place + length]);
        assert_eq!(response.array().expect("array"), Some(2));
        let headers = header_map(response.bytes().expect("headers"));
        found.insert(
            address,
            (
                headers["content-type"].clone(),
                response.bytes().expect("body").to_vec(),
            ),
        );
        assert_eq!(headers[":status"], "200");
        assert_eq!(response.position(), length);
    }
    let origin = format!("isolated-app://{}/", key.id());
    let expected = files().into_iter().map(|(path, body)| {
        let content_type = match path.rsplit('.').next() {
            Some("html") => "text/html; charset=utf-8",
            Some("wasm") => "application/wasm",
            Some("webmanifest") => "application/manifest+json",
            _ => "application/octet-stream",
        };
        (
            format!("{origin}{}", path.replace(' ', "%20")),
            (content_type.to_owned(), body),
        )
    });
    let expected: BTreeMap<String, _> = expected.collect();
    assert!(
        found
            .iter()
            .map(|(address, file)| (*address, file))
            .eq(expected.iter().map(|(address, file)| (address.as_str(), file)))
    );
}

fn header_map(bytes: &[u8]) -> BTreeMap<String, String> {
    let mut decoder = Decoder::new(bytes);
    let text = |decoder: &mut Decoder<'_>| String::from_utf8(decoder.bytes().expect("text").to_vec()).expect("UTF-8");
    let count = decoder.map().expect("map").expect("a length");
    (0..count).map(|_| (text(&mut decoder), text(&mut decoder))).collect()
}

#[test]
fn what_was_changed_is_not_signed() {
    let key = Key::generate().expect("a key");
    let whole = signed(&files(), &key).expect("a bundle");
    let mut changed = whole.clone();
    *changed.last_mut().expect("bytes") ^= 1;
    assert!(verified(&changed, &key).is_err());
    let place = whole.windows(4).position(|bytes| bytes == b"page").expect("the page");
    let mut changed = whole;
    changed[place] ^= 1;
    assert!(verified(&changed, &key).is_err());
}
