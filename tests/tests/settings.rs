//! What the table of settings says of Emscripten, compared with what each Emscripten says: how its command line is read, which
//! settings it has, and what its documentation makes of ours.

use direct_sockets_settings::{SETTINGS, render};
use direct_sockets_tests::patched::Patched;
use direct_sockets_tests::place;
use direct_sockets_tests::process::End;
use direct_sockets_tests::toolchain::TESTED;
use std::collections::BTreeSet;
use std::fs;

#[test]
fn emcc_reads_settings_as_the_table_says() {
    let from = place::workspace().join("settings/tests");
    let table = fs::read_to_string(from.join("spelling.txt")).expect("the table");
    let rows: Vec<Vec<_>> = table
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split(" | ").collect())
        .collect();
    let typed: String = rows.iter().map(|row| format!("{}\n", row[0])).collect();
    let mut known = BTreeSet::new();
    for (at, version) in TESTED.iter().enumerate() {
        let patched = Patched::copy(version).expect("a copy");
        patched.emscripten(&["apply"]).expect("applied");
        place::copy(&from.join("spelling"), &patched.path("tests/spelling")).expect("copied");
        fs::write(patched.path("typed"), &typed).expect("written");
        fs::copy(from.join("emcc.py"), patched.tree().join("read_settings.py")).expect("copied");
        let outcome = patched.python(&[], "read_settings.py", &["typed"]).expect("it runs");
        assert_eq!(outcome.end, End::Exit(0), "{version}: {}", outcome.errors());
        let output = outcome.output();
        assert_eq!(output.lines().count(), rows.len(), "{version}");
        for (row, got) in rows.iter().zip(output.lines()) {
            assert_eq!(got, row[1 + at], "{version}: {}", row[0]);
        }

        let declared = fs::read_to_string(patched.tree().join("src/settings.js")).expect("it is there");
        assert!(declared.contains(&render::declarations()), "{version}");
        // Some are derived from what a user types.
        let internal = fs::read_to_string(patched.tree().join("src/settings_internal.js")).expect("it is there");
        let names = declared
            .lines()
            .chain(internal.lines())
            .filter_map(|line| line.strip_prefix("var ")?.split(' ').next());
        known.extend(names.map(str::to_owned));
    }
    // Some of them only newer versions have.
    for setting in SETTINGS.iter().filter(|_| cfg!(feature = "all-emscriptens")) {
        let others = setting.conflicts.iter().map(|conflict| conflict.with);
        for other in others.chain(setting.implies.iter().map(|implied| implied.name)) {
            assert!(known.contains(other), "{}: no Emscripten has {other}", setting.name);
        }
    }
}
