//! The manifest of an Isolated Web App, with the permissions policies that sockets need.

use serde_json::{Map, Value, json};
use std::str::FromStr;

/// Widths of the icons in pixels; Chromium wants one of at least 144.
pub(super) const ICON_SIZES: [u32; 2] = [192, 512];

/// Policies of a program with sockets. The last is what older versions call `local-network` and `loopback-network`.
const POLICIES: [&str; 6] = [
    "cross-origin-isolated",
    "direct-sockets",
    "direct-sockets-multicast",
    "local-network",
    "loopback-network",
    "local-network-access",
];

/// An app's version: one to four numbers with dots between them, as Chromium compares them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version(Vec<u32>);

/// What is no version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}: a version is one to four numbers with dots between them, such as 1.0.2")]
pub struct VersionError(String);

impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        let digits = |part: &str| (part.bytes().all(|byte| byte.is_ascii_digit())).then(|| part.parse().ok())?;
        let parts: Option<Vec<u32>> = text.split('.').map(digits).collect();
        match parts {
            Some(parts) if parts.len() <= 4 => Ok(Version(parts)),
            _ => Err(VersionError(text.to_owned())),
        }
    }
}

/// The manifest as JSON.
pub(super) fn manifest(name: &str, version: &Version) -> String {
    let numbers: Vec<String> = version.0.iter().map(u32::to_string).collect();
    let policies: Map<String, Value> = POLICIES
        .iter()
        .map(|policy| ((*policy).into(), json!(["self"])))
        .collect();
    let icon = |size: u32| {
        json!({
            "src": format!("/terminal/icon-{size}.png"),
            "sizes": format!("{size}x{size}"),
            "type": "image/png",
            "purpose": "any",
        })
    };
    let manifest = json!({
        "name": name,
        "short_name": name,
        "version": numbers.join("."),
        "id": "/",
        "scope": "/",
        "start_url": "/index.html",
        "display": "standalone",
        "isolated_storage": true,
        "icons": ICON_SIZES.map(icon),
        "permissions_policy": policies,
    });
    format!("{manifest:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        for good in ["1", "0.1.0", "1.2.3.4"] {
            assert!(good.parse::<Version>().is_ok(), "{good}");
        }
        for bad in ["", "1.", ".1", "1.2.3.4.5", "1.0-beta", "+1", "4294967296"] {
            assert!(bad.parse::<Version>().is_err(), "{bad}");
        }
    }
}
