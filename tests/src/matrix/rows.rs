//! The rows of the matrix: one option of emcc each, with what is built with it and what is asked of it.

use crate::node::Start;

/// The columns.
pub const LEVELS: &[&str] = &["-O0", "-O1", "-O2", "-O3", "-Os", "-Oz"];

/// What is built and run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Task {
    /// `client.c`.
    Client,
    /// The same without what a program that stands alone does not have: files, fcntl, ioctl.
    ClientStandalone,
    /// And without poll and select.
    ClientWithoutPoll,
    /// The first again, with `emscripten_sleep` between the chapters.
    ClientThatSleeps,
    /// `unwind.cpp`.
    Unwind,
    /// `exits.c`, in each of its ways; compared with the program before its retrofit.
    Exits,
    /// `compute.c`; compared with the program before its retrofit.
    Compute,
}

impl Task {
    /// Its file in `tests/programs`.
    pub fn source(self) -> &'static str {
        match self {
            Task::Client | Task::ClientStandalone | Task::ClientWithoutPoll | Task::ClientThatSleeps => "client.c",
            Task::Unwind => "unwind.cpp",
            Task::Exits => "exits.c",
            Task::Compute => "compute.c",
        }
    }

    /// What the native build is given; `None`: the program before its retrofit is the judge instead.
    pub fn native_defines(self) -> Option<&'static [&'static str]> {
        match self {
            Task::Client | Task::ClientThatSleeps | Task::Unwind => Some(&[]),
            Task::ClientStandalone => Some(&["-DSTANDALONE"]),
            Task::ClientWithoutPoll => Some(&["-DSTANDALONE", "-DWITHOUT_POLL"]),
            Task::Exits | Task::Compute => None,
        }
    }

    /// What emcc is given beyond the row's flags.
    pub fn flags(self) -> &'static [&'static str] {
        match self {
            Task::Client | Task::Unwind | Task::Compute => &[],
            Task::ClientStandalone => &["-DSTANDALONE"],
            Task::ClientWithoutPoll => &["-DSTANDALONE", "-DWITHOUT_POLL"],
            Task::ClientThatSleeps => &["-DWITH_SLEEP"],
            Task::Exits => &["--pre-js=on-exit.js"],
        }
    }
}

/// Which exit code is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// What main returned.
    Returned,
    /// 0: the glue drops what main returned, as it did before.
    Dropped,
    /// Glue of 3.1.6 tells a page through `Module.quit`; later glue drops it unless the runtime exits.
    InPage,
}

/// One row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// What the table calls it.
    pub name: &'static str,
    /// What emcc is given.
    pub flags: &'static [&'static str],
    /// What is built.
    pub task: Task,
    /// How the glue is started.
    pub start: Start,
    /// Which exit code is expected.
    pub end: End,
    /// A file beside the glue, by its ending, that the retrofit is given as `--import-map`.
    pub import_map: Option<&'static str>,
    /// A function of `env` that the wasm has to import, or else the row has no sense.
    pub import: Option<&'static str>,
}

const fn row(name: &'static str, flags: &'static [&'static str]) -> Row {
    Row {
        name,
        flags,
        task: Task::Client,
        start: Start::Script,
        end: End::Returned,
        import_map: None,
        import: None,
    }
}

impl Row {
    const fn builds(self, task: Task) -> Row {
        Row { task, ..self }
    }

    const fn starts(self, start: Start) -> Row {
        Row { start, ..self }
    }

    const fn ends(self, end: End) -> Row {
        Row { end, ..self }
    }

    const fn needs_import(self, name: &'static str) -> Row {
        Row {
            import: Some(name),
            ..self
        }
    }

    const fn with_import_map(self, ending: &'static str) -> Row {
        Row {
            import_map: Some(ending),
            ..self
        }
    }
}

/// All rows.
pub const ROWS: &[Row] = &[
    row("plain", &[]),
    row("MODULARIZE", &["-sMODULARIZE"]).starts(Start::Factory),
    row("EXPORT_ES6", &["-sMODULARIZE", "-sEXPORT_ES6"]).starts(Start::Module),
    row("SINGLE_FILE", &["-sSINGLE_FILE"]),
    row("EXIT_RUNTIME", &["-sEXIT_RUNTIME"]),
    row("ALLOW_MEMORY_GROWTH", &["-sALLOW_MEMORY_GROWTH"]),
    row("IMPORTED_MEMORY", &["-sIMPORTED_MEMORY"]),
    row("ENVIRONMENT=node", &["-sENVIRONMENT=node"]),
    row("ENVIRONMENT=web", &["-sENVIRONMENT=web"])
        .starts(Start::Page)
        .ends(End::InPage),
    row("ENVIRONMENT=web EXIT_RUNTIME", &["-sENVIRONMENT=web", "-sEXIT_RUNTIME"]).starts(Start::Page),
    row("WASM_ASYNC_COMPILATION=0", &["-sWASM_ASYNC_COMPILATION=0"]),
    row("ASSERTIONS=2", &["-sASSERTIONS=2"]),
    // Its main gets no arguments, and what it returns goes nowhere.
    row("MINIMAL_RUNTIME", &["-sMINIMAL_RUNTIME"]).ends(End::Dropped),
    row("STANDALONE_WASM", &["-sSTANDALONE_WASM"]).builds(Task::ClientWithoutPoll),
    row("STANDALONE_WASM, poll", &["-sSTANDALONE_WASM"])
        .builds(Task::ClientStandalone)
        .needs_import("__syscall_poll"),
    row("MEMORY64", &["-sMEMORY64"]),
    row("WASM_BIGINT", &["-sWASM_BIGINT"]),
    row("EVAL_CTORS", &["-sEVAL_CTORS"]),
    row("ASYNCIFY", &["-sASYNCIFY"]).builds(Task::ClientThatSleeps),
    row("JSPI", &["-sJSPI"]).builds(Task::ClientThatSleeps),
    row("-fexceptions", &["-fexceptions"]).builds(Task::Unwind),
    row("-fwasm-exceptions", &["-fwasm-exceptions"]).builds(Task::Unwind),
    row(
        "WASM_LEGACY_EXCEPTIONS=0",
        &["-fwasm-exceptions", "-sWASM_LEGACY_EXCEPTIONS=0"],
    )
    .builds(Task::Unwind),
    row("-g2", &["-g2"]),
    row("-g", &["-g"]),
    row("-gsource-map", &["-gsource-map"]),
    row("closure, symbol map", &["--closure=1", "--emit-symbol-map"]).with_import_map("js.symbols"),
    row("closure, -g2", &["--closure=1", "-g2"]),
    row("exits", &[]).builds(Task::Exits),
    row("exits, EXIT_RUNTIME", &["-sEXIT_RUNTIME"]).builds(Task::Exits),
    row("exits, MODULARIZE", &["-sMODULARIZE"])
        .builds(Task::Exits)
        .starts(Start::Factory),
    row("sockets never used", &[]).builds(Task::Compute),
];
