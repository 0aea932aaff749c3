//! The key of an app: with it bundles are signed, and its public half is the app's identity, its origin.

use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{self, DecodePrivateKey, EncodePrivateKey, KeypairBytes};
use ed25519_dalek::{Signature, Signer, SigningKey};

/// What the public half is followed by in an app's identity: the type Ed25519.
const ED25519: [u8; 3] = [0, 1, 2];

/// An Ed25519 key (RFC 8032).
#[derive(Debug)]
pub struct Key(SigningKey);

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The text is none.
    #[error(
        "{0}; it has to be an Ed25519 key in PKCS #8 without a passphrase, such as `openssl genpkey -algorithm Ed25519` writes"
    )]
    Format(#[from] pkcs8::Error),
    /// The system has no random numbers.
    #[error("no key can be made: {0}")]
    Random(#[from] getrandom::Error),
}

impl Key {
    /// Makes one.
    ///
    /// # Errors
    /// The system has no random numbers.
    pub fn generate() -> Result<Self, KeyError> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)?;
        Ok(Key(SigningKey::from_bytes(&seed)))
    }

    /// Reads one in PKCS #8, as PEM (RFC 8410, section 7).
    ///
    /// # Errors
    /// It is none.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        Ok(Key(SigningKey::from_pkcs8_pem(text)?))
    }

    /// As [`Key::from_pem`] reads it. Without the public half, which OpenSSL does not know there.
    ///
    /// # Errors
    /// None that can be reached; the encoder's.
    pub fn to_pem(&self) -> Result<String, KeyError> {
        let pair = KeypairBytes {
            secret_key: self.0.to_bytes(),
            public_key: None,
        };
        Ok(pair.to_pkcs8_pem(LineEnding::LF)?.to_string())
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    /// The app's identity, the host of its origin: base 32 of the public half and its type
    /// (<https://github.com/WICG/isolated-web-apps/blob/main/Scheme.md>).
    #[must_use]
    pub fn id(&self) -> String {
        let bytes = [self.public().as_slice(), &ED25519].concat();
        // Seven groups of five bytes are eight letters each, so nothing is left over.
        let letters = bytes.chunks(5).flat_map(|group| {
            let bits = group.iter().fold(0, |bits: u64, byte| bits << 8 | u64::from(*byte));
            (0..8)
                .rev()
                .map(move |letter| super::BASE_32[(bits >> (5 * letter) & 31) as usize])
        });
        letters.map(char::from).collect()
    }

    pub(super) fn sign(&self, bytes: &[u8]) -> Signature {
        self.0.sign(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 8410, section 10.3; its identity is what npm's wbn-dump-id (wbn-sign 0.2.5) says.
    const PEM: &str = "-----BEGIN PRIVATE KEY-----\n\
        MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
        -----END PRIVATE KEY-----\n";
    const ID: &str = "dg7uicljqtg75bkbxlawpxb3s3efbbvkgc3lnsymlq4k24brm3qqaaic";

    #[test]
    fn the_key_of_the_rfc() {
        let key = Key::from_pem(PEM).expect("a key");
        assert_eq!(key.id(), ID);
        assert_eq!(key.to_pem().expect("text"), PEM);
    }

    #[test]
    fn each_is_another() {
        let (one, other) = (Key::generate().expect("a key"), Key::generate().expect("a key"));
        assert_ne!(one.id(), other.id());
        let again = Key::from_pem(&one.to_pem().expect("text")).expect("a key");
        assert_eq!(one.id(), again.id());
    }

    #[test]
    fn what_is_no_key_is_told() {
        for bad in ["", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"] {
            let error = Key::from_pem(bad).expect_err("no key").to_string();
            assert!(error.contains("openssl genpkey"), "{error}");
        }
    }
}
