//! The mechanics, on small trees made here, with edits of their own.

use direct_sockets_patches::{Change, Edit, Error, Format, State, Tree};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

const LINK: &str = "import os\n\n\ndef other():\n  go(a)\n\n\n@timed('x')\ndef final(options,\n          target):\n  text = '''\ndef final():\n  go(a)\n'''\n  \
                    if options:\n    one()\n  else:\n    go(a)  # last\n\n  return 1\n";
const SETTINGS: &str = "// A\nvar A = 1;\n\n// B\nvar B = [\n  'x',\n];\n";

fn edits() -> Vec<Edit> {
    let edit = |name, contents| Edit::parse(name, contents).expect("an edit");
    vec![
        edit("new", "Purpose: New.\nNew: tools/new.py\n\nprint()\n\nprint()\n"),
        edit(
            "call",
            "Purpose: Call.\nAt: tools/absent.py: before statement `go(a)` of function final\n\
             At: tools/link.py: after statement `go(a)` of function final\n\ncall(1)\n\ncall(2)\n",
        ),
        edit(
            "first",
            "Purpose: First.\nAt: tools/link.py: before statement `return 1` of function final\n\ncheck()\n",
        ),
        edit(
            "declared",
            "Purpose: Declare.\nAt: src/settings.js: after variable B\n\n// C\nvar C = 0;\n",
        ),
    ]
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Folder {
        let folder = Folder(tempfile::tempdir().expect("a folder"));
        folder.fill();
        folder
    }

    fn fill(&self) {
        for inner in ["tools", "src"] {
            fs::create_dir_all(self.path().join(inner)).expect("made");
        }
        for (file, contents) in [
            ("emscripten-version.txt", "\"9.9.9\"\n"),
            ("tools/link.py", LINK),
            ("src/settings.js", SETTINGS),
        ] {
            self.write(file, contents);
        }
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, file: &str, contents: &str) {
        fs::write(self.path().join(file), contents).expect("written");
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path().join(file)).expect("read")
    }

    fn open(&self) -> Result<Tree, Error> {
        Tree::open(self.path(), edits())
    }

    fn apply(&self) -> Result<(), Error> {
        let tree = self.open()?;
        tree.write(tree.applied()?)
    }

    fn revert(&self) -> Result<(), Error> {
        let tree = self.open()?;
        tree.write(tree.reverted()?)
    }

    /// All that is there: path, mode, contents.
    fn all(&self) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
        let mut all = BTreeMap::new();
        let mut folders = vec![self.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let mode = fs::symlink_metadata(&path).expect("there").permissions().mode();
                let contents = fs::read(&path).expect("read");
                all.insert(path, (mode, contents));
            }
        }
        all
    }

    /// Refused with these words, and nothing was touched.
    fn refused(&self, done: fn(&Folder) -> Result<(), Error>, words: &str) {
        let before = self.all();
        let said = done(self).expect_err("refused").to_string();
        assert!(said.contains(words), "{said}");
        assert!(self.all() == before, "something was touched");
    }
}

fn without_markers(text: &str) -> String {
    let lines = text.split_inclusive('\n');
    lines.filter(|line| !line.contains("wasm-direct-sockets: ")).collect()
}

#[test]
fn a_tree_that_declares_a_variable_has_no_need_of_an_edit() {
    let folder = Folder::new();
    let contents =
        "Purpose: Declare.\nUnless: src/settings.js: variable D\nAt: src/settings.js: after variable B\n\nvar D = 0;\n";
    let open = || {
        let edit = Edit::parse("unless", contents).expect("an edit");
        Tree::open(folder.path(), vec![edit]).expect("a tree")
    };
    let tree = open();
    tree.write(tree.applied().expect("it fits")).expect("written");
    assert!(folder.read("src/settings.js").contains("var D = 0;"));
    // What the series declares itself is not what makes it needless.
    assert_eq!(open().series().len(), 1);
    assert_eq!(open().applied().expect("it fits"), []);
    folder.write("src/settings.js", &format!("{SETTINGS}var D = 1;\n"));
    assert_eq!(open().series().len(), 0);
    assert_eq!(open().applied().expect("nothing to fit"), []);
}

#[test]
fn what_a_tree_may_lack_is_left_out_where_it_is_lacking() {
    let open = |folder: &Folder| {
        let edit = |name, contents| Edit::parse(name, contents).expect("an edit");
        let series = vec![
            edit(
                "docs",
                "Purpose: Say.\nAt: docs/a.rst: before section Two\nOptional: no docs\n\n\nNew\n===\n\n",
            ),
            edit(
                "test",
                "Purpose: Test.\nNew: test/new.c\nNew: tests/new.c\nOptional: no tests\n\nint c;\n",
            ),
        ];
        Tree::open(folder.path(), series).expect("a tree")
    };
    let folder = Folder::new();
    assert_eq!(open(&folder).series().len(), 0);
    fs::create_dir_all(folder.path().join("docs")).expect("made");
    fs::create_dir_all(folder.path().join("tests")).expect("made");
    let text = "One\n===\n\ntext\n\n.. _two:\n\nTwo\n===\n";
    folder.write("docs/a.rst", text);
    let before = folder.all();
    let tree = open(&folder);
    tree.write(tree.applied().expect("it fits")).expect("written");
    assert_eq!(without_markers(&folder.read("tests/new.c")), "int c;\n");
    let written = folder.read("docs/a.rst");
    // A comment is a paragraph: empty lines are around it.
    let (one, rest) = written
        .split_once(".. wasm-direct-sockets: begin docs ")
        .expect("a marker");
    let end = "\n\nNew\n===\n\n.. wasm-direct-sockets: end docs\n\n.. _two:\n\nTwo\n===\n";
    assert!(one == "One\n===\n\ntext\n\n" && rest.ends_with(end), "{written}");
    let tree = open(&folder);
    assert_eq!(tree.applied().expect("it fits"), []);
    tree.write(tree.reverted().expect("known")).expect("written");
    assert!(folder.all() == before);
    // Where it is there, it has to fit.
    folder.write("docs/a.rst", &text.replace("Two", "Too"));
    let said = open(&folder).applied().expect_err("no place").to_string();
    assert!(
        said.contains("docs/a.rst: before section Two: there is no such section"),
        "{said}"
    );
}

#[test]
fn directives_of_the_preprocessor_do_not_hide_a_place() {
    let folder = Folder::new();
    let library = "var Library = {\n#if A\n  a: {{{ 'b' + {} }}},\n#else\n  c: 0, // é {{{ x }}}\n#endif\n  d: 1,\n};\n\nadd(Library);\n";
    folder.write("src/library.js", library);
    let contents = "Purpose: Add.\nAt: src/library.js: after variable Library\n\nadd(1);\n";
    let edit = Edit::parse("library", contents).expect("an edit");
    let tree = Tree::open(folder.path(), vec![edit]).expect("a tree");
    tree.write(tree.applied().expect("it fits")).expect("written");
    let (before, after) = library.split_at(library.find("\nadd(").expect("there"));
    let written = folder.read("src/library.js");
    assert!(written.starts_with(before) && written.ends_with(after), "{written}");
    assert!(written.contains("\nadd(1);\n"), "{written}");
}

#[test]
fn lines_go_to_their_structures_with_their_indentation() {
    let folder = Folder::new();
    folder.apply().expect("applied");
    let link = LINK.replace("go(a)  # last\n", "go(a)  # last\n    call(1)\n\n    call(2)\n");
    let link = link.replace("  return 1\n", "  check()\n  return 1\n");
    assert_eq!(without_markers(&folder.read("tools/link.py")), link);
    let settings = folder.read("src/settings.js");
    assert_eq!(without_markers(&settings), format!("{SETTINGS}// C\nvar C = 0;\n"));
    assert_eq!(without_markers(&folder.read("tools/new.py")), "print()\n\nprint()\n");
}

#[test]
fn applied_twice_is_applied_once_and_reverted_is_as_before() {
    let folder = Folder::new();
    let mode = fs::Permissions::from_mode(0o750);
    fs::set_permissions(folder.path().join("tools/link.py"), mode).expect("set");
    fs::rename(folder.path().join("src/settings.js"), folder.path().join("src/real.js")).expect("renamed");
    symlink("real.js", folder.path().join("src/settings.js")).expect("linked");
    let before = folder.all();
    folder.apply().expect("applied");
    let after = folder.all();
    assert_ne!(before, after);
    let tree = folder.open().expect("a tree");
    assert!(
        tree.status()
            .expect("known")
            .iter()
            .all(|(_, state)| matches!(state, State::Applied(_)))
    );
    folder.apply().expect("applied again");
    assert!(folder.all() == after);
    folder.revert().expect("reverted");
    assert!(folder.all() == before);
    folder.revert().expect("there is nothing to revert");
    assert!(folder.all() == before);
}

#[test]
fn line_ends_are_those_of_the_file() {
    let folder = Folder::new();
    folder.write("src/settings.js", &SETTINGS.replace('\n', "\r\n"));
    let before = folder.all();
    folder.apply().expect("applied");
    assert!(
        folder
            .read("src/settings.js")
            .split_inclusive('\n')
            .all(|line| line.ends_with("\r\n"))
    );
    folder.revert().expect("reverted");
    assert!(folder.all() == before);
}

#[test]
fn local_changes_stay() {
    let folder = Folder::new();
    folder.apply().expect("applied");
    // Elsewhere: nobody minds.
    folder.write(
        "tools/link.py",
        &folder.read("tools/link.py").replace("import os\n", "import sys\n"),
    );
    folder.apply().expect("applied");
    // Where the series is: nothing is overwritten.
    let link = folder.read("tools/link.py");
    folder.write("tools/link.py", &link.replace("call(2)", "call(3)"));
    let words = "tools/link.py: the lines between the markers of call were changed";
    folder.refused(Folder::apply, words);
    folder.refused(Folder::revert, words);
    folder.write("tools/link.py", &link.replace("# wasm-direct-sockets: end call\n", ""));
    folder.refused(Folder::revert, "has no partner");
    folder.write("tools/link.py", &link);
    folder.revert().expect("reverted");
    assert_eq!(
        folder.read("tools/link.py"),
        LINK.replace("import os\n", "import sys\n")
    );
}

#[test]
fn another_version_of_the_series_is_renewed() {
    let folder = Folder::new();
    let mut older = edits();
    older[2].text = "check('older')\n".to_owned();
    let tree = Tree::open(folder.path(), older).expect("a tree");
    tree.write(tree.applied().expect("it fits")).expect("written");
    let states = folder.open().expect("a tree");
    assert_eq!(
        states.status().expect("known")[2].1,
        State::Outdated("tools/link.py".to_owned())
    );
    folder.apply().expect("renewed");
    let fresh = Folder::new();
    fresh.apply().expect("applied");
    assert_eq!(folder.read("tools/link.py"), fresh.read("tools/link.py"));
}

#[test]
fn what_does_not_fit_is_refused_with_file_and_anchor() {
    let anchor = "edit call does not fit this tree: tools/absent.py: before statement `go(a)` of function final: there is no such \
                  file; tools/link.py: after statement `go(a)` of function final: ";
    for (old, new, reason) in [
        ("def final(options", "def finish(options", "there is no function final"),
        ("    go(a)  # last", "    go(b)  # last", "there is no such place"),
        ("    one()", "    go(a)", "there is more than one such place: 2"),
        ("    go(a)  # last", "    go(a); go(b)", "something else is on its line"),
    ] {
        let folder = Folder::new();
        folder.write("tools/link.py", &LINK.replace(old, new));
        folder.refused(Folder::apply, &format!("{anchor}{reason}"));
    }
    let folder = Folder::new();
    folder.write("tools/new.py", "mine\n");
    folder.refused(Folder::apply, "tools/new.py: it is there already");
    folder.revert().expect("nothing to revert");
    assert_eq!(folder.read("tools/new.py"), "mine\n");
}

#[test]
fn foreign_trees_are_refused() {
    let folder = Folder::new();
    fs::remove_file(folder.path().join("emscripten-version.txt")).expect("removed");
    folder.refused(
        Folder::apply,
        "this is no Emscripten tree: it has no emscripten-version.txt",
    );
    folder.write("emscripten-version.txt", "none");
    folder.refused(Folder::apply, "names no version");
    folder.fill();
    fs::write(folder.path().join("tools/link.py"), [0xff, 0xfe]).expect("written");
    folder.refused(Folder::apply, "tools/link.py: it is no text in UTF-8");
    let elsewhere = tempfile::NamedTempFile::new().expect("a file");
    fs::write(elsewhere.path(), LINK).expect("written");
    fs::remove_file(folder.path().join("tools/link.py")).expect("removed");
    symlink(elsewhere.path(), folder.path().join("tools/link.py")).expect("linked");
    folder.refused(Folder::apply, "outside of the tree");
}

#[test]
fn a_change_that_fails_in_the_middle_is_taken_back() {
    let folder = Folder::new();
    let before = folder.all();
    let tree = folder.open().expect("a tree");
    let mut changes = tree.applied().expect("it fits");
    // The last one is to remove what is not there, which shows when the others have been made.
    changes.push(Change {
        file: "tools/absent.py".to_owned(),
        old: None,
        new: None,
    });
    let said = tree.write(changes).expect_err("it is not there").to_string();
    assert!(said.contains("tools/absent.py: No such file"), "{said}");
    assert!(folder.all() == before);
}

/// The rest of what a file system refuses needs one of its own; who may not mount does not see it tested.
#[test]
fn read_only_and_full_file_systems_leave_the_tree_as_it_was() {
    let place = tempfile::tempdir().expect("a folder");
    let mount = |options: &str| {
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(place.path());
        command.output().is_ok_and(|output| output.status.success())
    };
    if !mount("size=64k") {
        eprintln!("not tested: no tmpfs can be mounted here");
        return;
    }
    let _mounted = Mounted(place.path().to_owned());
    let folder = Folder(tempfile::tempdir_in(place.path()).expect("a folder"));
    folder.fill();
    // Pages are what is counted: only some of what is staged fits.
    let mut free = 0;
    while fs::write(place.path().join(format!("filler{free}")), [0; 4096]).is_ok() {
        free += 1;
    }
    for left in 1..4 {
        fs::remove_file(place.path().join(format!("filler{}", left))).expect("removed");
        folder.refused(Folder::apply, "No space left on device");
    }
    for filler in 4..free {
        fs::remove_file(place.path().join(format!("filler{filler}"))).expect("removed");
    }
    assert!(mount_again(place.path(), "ro"));
    folder.refused(Folder::apply, "Read-only file system");
    assert!(mount_again(place.path(), "rw"));
    let before = folder.all();
    folder.apply().expect("applied");
    folder.revert().expect("reverted");
    assert!(folder.all() == before);
}

fn mount_again(place: &Path, how: &str) -> bool {
    let mut command = Command::new("mount");
    command.args(["-o", &format!("remount,{how}")]).arg(place);
    command.status().is_ok_and(|status| status.success())
}

struct Mounted(PathBuf);

impl Drop for Mounted {
    fn drop(&mut self) {
        mount_again(&self.0, "rw");
        // Lazily: temporary folders in it go after this.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn diffs_are_the_same_before_and_after_and_patch_applies_them() {
    let folder = Folder::new();
    let render = |format: Format| {
        let tree = folder.open().expect("a tree");
        format.render(tree.series(), &tree.difference().expect("it fits"))
    };
    let before = (render(Format::Unified), render(Format::Quilt));
    folder.apply().expect("applied");
    assert_eq!(before, (render(Format::Unified), render(Format::Quilt)));
    assert!(before.1.starts_with("Description: ") && before.1.ends_with(&before.0));
    for diff in [before.0, before.1] {
        let fresh = Folder::new();
        fresh.write("p", &diff);
        let done = Command::new("patch")
            .args(["-p1", "-s", "-i", "p"])
            .current_dir(fresh.path())
            .status();
        assert!(done.expect("patch runs").success());
        for file in ["tools/link.py", "src/settings.js", "tools/new.py"] {
            assert_eq!(fresh.read(file), folder.read(file), "{file}");
        }
    }
}
