//! Lists: `a,b` or `[a,b]` with or without quotes, or a file with one item per line, as emcc reads them.

use crate::error::{ListFault, SettingsError};
use crate::parse::nearest_of;
use crate::setting::Items;
use direct_sockets_runtime::policy::{Allow, Fault, PortMap, Reason};

/// The verbs of rules.
const VERBS: [&str; 5] = ["connect", "listen", "udp", "udp-listen", "resolve"];

/// How much of an item is shown when it is refused.
const SHOWN: usize = 80;

/// The items of what was typed, or of a file: there a line may have several, and one that begins with # is a comment.
pub(crate) fn items(text: &str, is_file: bool) -> Result<Vec<&str>, ListFault> {
    let text = text.trim_end();
    // No item begins with a bracket, as with emcc.
    if let Some(inside) = text.strip_prefix('[') {
        return members(inside.strip_suffix(']').ok_or(ListFault::OpenBracket)?);
    }
    if !is_file {
        return members(text);
    }
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    Ok(lines.map(members).collect::<Result<Vec<_>, _>>()?.concat())
}

/// What stands between commas. A comma in quotes is none.
fn members(text: &str) -> Result<Vec<&str>, ListFault> {
    let mut items = Vec::new();
    let mut rest = Some(text).filter(|text| !text.trim().is_empty());
    while let Some(text) = rest {
        let text = text.trim_start();
        let quote = text.chars().next().filter(|first| matches!(first, '"' | '\''));
        // Up to each comma, then all of it.
        let ends = text.match_indices(',').map(|(at, _)| at).chain([text.len()]);
        let mut candidates = ends.map(|end| (text[..end].trim_end(), text.get(end + 1..)));
        let (item, after) = match quote {
            None => candidates.next(),
            Some(quote) => candidates.find_map(|(item, after)| {
                let inside = item.strip_prefix(quote)?.strip_suffix(quote)?;
                Some((inside, after))
            }),
        }
        .ok_or(ListFault::OpenQuote)?;
        if item.is_empty() && quote.is_none() {
            return Err(ListFault::EmptyItem);
        }
        items.push(item);
        rest = after;
    }
    Ok(items)
}

/// Checks the items, with the parser that the runtime reads them with.
pub(crate) fn parse(name: &'static str, of: Items, items: Vec<&str>) -> Result<Vec<String>, SettingsError> {
    let checked = match of {
        Items::Rules => Allow::parse(&items).map(|_| ()),
        Items::Ports => PortMap::parse(&items).map(|_| ()),
        Items::Exports => match items.iter().position(|item| !is_export(item)) {
            None => Ok(()),
            Some(item) => {
                let text = items[item].chars().take(SHOWN).collect();
                return Err(SettingsError::Export { name, text });
            }
        },
    };
    let refuse = |Fault { item, at, reason }| {
        let text = items.get(item).copied().unwrap_or_default();
        let verb = text.split(':').next().unwrap_or_default();
        SettingsError::Item {
            name,
            number: item + 1,
            text: text.chars().take(SHOWN).collect(),
            at: text.get(..at).unwrap_or(text).chars().count() + 1,
            reason,
            nearest: if reason == Reason::Verb {
                nearest_of(&verb.to_ascii_lowercase(), VERBS.into_iter())
            } else {
                None
            },
        }
    };
    checked.map_err(refuse)?;
    Ok(items.into_iter().map(str::to_owned).collect())
}

/// Whether it can stand in a list as it is.
fn is_export(name: &str) -> bool {
    let breaks_lists = |c: char| c.is_whitespace() || c.is_control() || matches!(c, ',' | '"' | '\'');
    !name.is_empty() && !name.starts_with(['[', '#']) && !name.contains(breaks_lists)
}

#[cfg(test)]
mod tests {
    use crate::Settings;

    fn refusal(argument: &str) -> String {
        match Settings::parse([argument]) {
            Ok(settings) => format!("accepted: {:?}", settings.given()),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn lists_are_written_as_for_emcc() {
        for argument in [
            "DIRECT_SOCKETS_ALLOW=connect:*:80,listen:[::1]:1-2",
            "DIRECT_SOCKETS_ALLOW=[connect:*:80,listen:[::1]:1-2]",
            "DIRECT_SOCKETS_ALLOW=['connect:*:80', \"listen:[::1]:1-2\"]",
            "DIRECT_SOCKETS_ALLOW= connect:*:80 , listen:[::1]:1-2",
        ] {
            let settings = Settings::parse([argument]).expect(argument);
            assert_eq!(
                settings.list("DIRECT_SOCKETS_ALLOW"),
                ["connect:*:80", "listen:[::1]:1-2"]
            );
            assert_eq!(settings.given(), ["DIRECT_SOCKETS_ALLOW=connect:*:80,listen:[::1]:1-2"]);
            assert_eq!(Settings::parse(settings.given()).expect("again"), settings);
        }
        assert_eq!(Settings::default().list("DIRECT_SOCKETS_ALLOW"), ["*"]);
        assert!(Settings::default().list("DIRECT_SOCKETS_PORT_MAP").is_empty());
        assert_eq!(
            refusal("DIRECT_SOCKETS_PORT_MAP="),
            r#"accepted: ["DIRECT_SOCKETS_PORT_MAP="]"#
        );
    }

    #[test]
    fn lists_from_files_have_lines_and_comments() {
        let file = std::env::temp_dir().join(format!("direct-sockets-rules-{}", std::process::id()));
        std::fs::write(
            &file,
            "# the web\nconnect:*.example.org:443\n\n  udp:*:53, resolve:* \r\n",
        )
        .expect("written");
        let settings = Settings::parse([format!("DIRECT_SOCKETS_ALLOW=@{}", file.display())]);
        std::fs::remove_file(&file).expect("it is there");
        assert_eq!(
            settings.expect("valid").list("DIRECT_SOCKETS_ALLOW"),
            ["connect:*.example.org:443", "udp:*:53", "resolve:*"]
        );
    }

    #[test]
    fn refusals_tell_the_place() {
        for (argument, words) in [
            (
                "DIRECT_SOCKETS_ALLOW=connect:*:80,lisen:*:80",
                "DIRECT_SOCKETS_ALLOW: item 2, \"lisen:*:80\", at character 1: expected connect:, listen:, udp:, udp-listen: or \
                 resolve:; did you mean listen?",
            ),
            (
                "DIRECT_SOCKETS_ALLOW=connect:b\u{fc}cher:80",
                "DIRECT_SOCKETS_ALLOW: item 1, \"connect:b\u{fc}cher:80\", at character 9: this is no host name: letters, digits, - \
                 and _, labels of 1 to 63, xn-- for others",
            ),
            (
                "DIRECT_SOCKETS_ALLOW=",
                "DIRECT_SOCKETS_ALLOW: item 1, \"\", at character 1: it is empty; `none` allows nothing, `*` everything",
            ),
            (
                "DIRECT_SOCKETS_PORT_MAP=80:40080,udp:80:1",
                "DIRECT_SOCKETS_PORT_MAP: item 2, \"udp:80:1\", at character 1: this port is mapped already",
            ),
            (
                "DIRECT_SOCKETS_ALOW=none",
                "there is no setting DIRECT_SOCKETS_ALOW; did you mean DIRECT_SOCKETS_ALLOW?",
            ),
        ] {
            assert_eq!(refusal(argument), words);
        }
        let many = ["connect:*:80"; 257].join(",");
        let said = refusal(&format!("DIRECT_SOCKETS_ALLOW={many}"));
        assert!(
            said.contains("item 257") && said.ends_with("more than 256 are too many"),
            "{said}"
        );
        let long = refusal(&format!("DIRECT_SOCKETS_ALLOW=resolve:{}", "a".repeat(400)));
        assert!(
            long.len() < 250 && long.ends_with("it is longer than 320 bytes"),
            "{long}"
        );
    }

    #[test]
    fn what_is_given_goes_before_what_was_recorded() {
        let parse = |arguments: &[&str]| Settings::parse(arguments).expect("valid");
        let recorded = parse(&["DIRECT_SOCKETS_ALLOW=none", "DIRECT_SOCKETS_TRACE=1"]);
        assert_eq!(
            parse(&["DIRECT_SOCKETS_TRACE=2"]).or(recorded).given(),
            ["DIRECT_SOCKETS_ALLOW=none", "DIRECT_SOCKETS_TRACE=2"]
        );
    }
}
