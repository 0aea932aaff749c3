//! What can be typed: the command line as clap sees it.

use clap::{Args, Parser, Subcommand};
use direct_sockets_settings::render;
use std::path::PathBuf;

const EXIT_STATUS: &str = "\
Exit status:
  0  done
  1  refused: the reason is on standard error, and nothing was written
  2  wrong usage";

/// Gives an already built Emscripten program real TCP and UDP sockets, without its source and without relinking.
#[derive(Debug, Parser)]
#[command(name = "wasm-direct-sockets", version, after_help = EXIT_STATUS, propagate_version = true)]
pub(super) struct Command {
    /// What to do.
    #[command(subcommand)]
    pub(super) action: Action,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// Rewrite a program so that its sockets are real.
    #[command(after_help = retrofit_help())]
    Retrofit(RetrofitArgs),
    /// Say what a program is and what a retrofit would do to it. Writes nothing.
    #[command(after_help = INSPECT_HELP)]
    Inspect(InspectArgs),
    /// Write an Isolated Web App around a retrofitted program, so that it runs in Chromium on Direct Sockets.
    #[command(after_help = IWA_HELP, disable_version_flag = true)]
    Iwa(IwaArgs),
    /// Add `-sDIRECT_SOCKETS` to an Emscripten tree, or take it out again.
    #[command(after_help = EMSCRIPTEN_HELP)]
    Emscripten(EmscriptenArgs),
    /// Print the manual page of the program, or of one of its commands, for `man -l`.
    Man(ManArgs),
    /// Print what completes the program's command line in a shell.
    Completions(CompletionsArgs),
}

const EMSCRIPTEN_HELP: &str = "\
DIR is the folder of emcc.py. `emcc -sDIRECT_SOCKETS` then runs this program as the last step of the link; it finds it where the \
environment variable EM_DIRECT_SOCKETS says, beside emcc, or in PATH.

Examples:
  wasm-direct-sockets emscripten apply emsdk/upstream/emscripten
  emcc -sDIRECT_SOCKETS client.c -o client.js
  wasm-direct-sockets emscripten revert emsdk/upstream/emscripten

  # A patch for a distribution's package, made for this very tree
  wasm-direct-sockets emscripten diff emscripten-6.0.5 --format quilt > debian/patches/direct-sockets.patch

Exit status:
  0  done
  1  refused: the reason is on standard error, and nothing was written
  2  wrong usage";

const IWA_HELP: &str = "\
OUT.js is what `retrofit` wrote. DIR gets a complete app: manifest, policies, icons, the program, and a page with a terminal \
and a table of the program's sockets. `?arg=` in the page's address (repeated) are the program's arguments, `?env=NAME=VALUE` \
its environment, `?stdin=` what it reads from standard input.

Examples:
  wasm-direct-sockets retrofit client.js -o out/client.js
  wasm-direct-sockets iwa out/client.js -o app

  # Run it in Chromium at once, with arguments of the program
  wasm-direct-sockets iwa out/client.js -o app --run -- 192.0.2.1 80

  # One signed file to install; the key is made the first time, and is the app's identity
  wasm-direct-sockets iwa out/client.js -o app --bundle client.swbn --key client.pem

Exit status:
  0  done
  1  refused: the reason is on standard error, and nothing was written
  2  wrong usage";

const RETROFIT_HELP: &str = "\
APP is the JavaScript that emcc wrote; the wasm is found from it. The changed JavaScript goes to OUT and the changed \
wasm beside it, under the name that the JavaScript loads (under OUT's own name where that would overwrite the input).

APP may also be a lone wasm, or - for one on standard input; OUT is then a wasm too, or - for standard output, and \
--host writes the script that a loader of one's own includes: it defines `directSockets`, whose `instantiate`, \
`instantiateStreaming` and `Instance` are used in place of WebAssembly's.

Examples:
  # The whole thing: build, retrofit, run in Node 26
  emcc client.c -o client.js
  wasm-direct-sockets retrofit client.js -o out/client.js
  node out/client.js

  # What would change, without writing anything
  wasm-direct-sockets retrofit client.js --dry-run --diff

  # Let JavaScript await an export that uses sockets
  wasm-direct-sockets retrofit lib.js -o out/lib.js --promising fetch_url

  # A closure-compiled program, whose names only a symbol map tells
  emcc -O3 --closure 1 --emit-symbol-map client.c -o client.js
  wasm-direct-sockets retrofit client.js -o out/client.js --import-map client.js.symbols

  # One step of a pipeline over a lone wasm
  wasm-opt -O3 app.wasm -o - | wasm-direct-sockets retrofit - -o - --host host.js > out.wasm

Exit status:
  0  done
  1  refused: the reason is on standard error, and nothing was written
  2  wrong usage";

/// The help of `retrofit`, with the settings out of their one table.
fn retrofit_help() -> String {
    let (before, after) = RETROFIT_HELP.split_once("Examples:").unwrap_or((RETROFIT_HELP, ""));
    let settings: String = render::entries()
        .map(|(heading, text)| format!("  {heading}\n      {text}\n"))
        .collect();
    format!("{before}Settings:\n{settings}\nExamples:{after}")
}

const INSPECT_HELP: &str = "\
Examples:
  wasm-direct-sockets inspect client.js
  wasm-direct-sockets inspect client.js --json | jq .imports

Exit status:
  0  it can be retrofitted
  1  it cannot, for the reasons given; or it cannot be read
  2  wrong usage";

/// What both commands read.
#[derive(Debug, Args)]
pub(super) struct InputArgs {
    /// The program: the JavaScript that emcc wrote, a wasm, or - for a wasm on standard input
    pub(super) app: PathBuf,
    /// The wasm, if it is not where the JavaScript loads it from
    #[arg(long, value_name = "APP.wasm")]
    pub(super) wasm: Option<PathBuf>,
    /// Make this export promising too: called from JavaScript, it returns a promise and may wait (repeatable)
    #[arg(long, value_name = "EXPORT")]
    pub(super) promising: Vec<String>,
    /// Names of minified imports: emcc's --emit-symbol-map file, or JSON {"field": "symbol"}
    #[arg(long, value_name = "FILE")]
    pub(super) import_map: Option<PathBuf>,
}

/// Arguments of `retrofit`.
#[derive(Debug, Args)]
pub(super) struct RetrofitArgs {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub(super) input: InputArgs,
    /// Where the result goes
    #[arg(short, long, value_name = "OUT", required_unless_present = "dry_run")]
    pub(super) output: Option<PathBuf>,
    /// A setting, spelled as for emcc (repeatable)
    #[arg(short = 's', value_name = "NAME[=VALUE]")]
    pub(super) settings: Vec<String>,
    /// For a lone wasm: write the host script here
    #[arg(long, value_name = "OUT.js")]
    pub(super) host: Option<PathBuf>,
    /// Show what changes in the JavaScript
    #[arg(long)]
    pub(super) diff: bool,
    /// Do everything but write
    #[arg(long)]
    pub(super) dry_run: bool,
    /// A program without socket calls is no error: nothing is written, and the exit status is 0
    #[arg(long)]
    pub(super) if_any: bool,
    /// Do a retrofitted program anew, with this version, from what is recorded in it
    #[arg(long)]
    pub(super) upgrade: bool,
}

/// Arguments of `inspect`.
#[derive(Debug, Args)]
pub(super) struct InspectArgs {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub(super) input: InputArgs,
    /// As JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// Arguments of `iwa`.
#[derive(Debug, Args)]
pub(super) struct IwaArgs {
    /// The retrofitted program
    #[arg(value_name = "OUT.js")]
    pub(super) app: PathBuf,
    /// The wasm, if it is not where the JavaScript loads it from
    #[arg(long, value_name = "OUT.wasm")]
    pub(super) wasm: Option<PathBuf>,
    /// The folder that is written; an app that an earlier run wrote there is replaced
    #[arg(short, long, value_name = "DIR")]
    pub(super) output: PathBuf,
    /// The app's name [default: the program's]
    #[arg(long)]
    pub(super) name: Option<String>,
    /// The app's version: one to four numbers with dots between them
    #[arg(long, default_value = "1.0.0")]
    pub(super) version: String,
    /// Where the program runs: in a dedicated worker, or in the page itself
    #[arg(long = "in", value_name = "PLACE", default_value = "worker")]
    pub(super) place: Place,
    /// The folder of npm's @xterm/xterm (6.0.0 or newer), which draws the terminal and is copied into the app; `none`: plain
    /// text [default: in node_modules beside the program or above]
    #[arg(long, value_name = "DIR")]
    pub(super) xterm: Option<PathBuf>,
    /// Then serve the app on this port of 127.0.0.1 (0: any), for Chromium to install it from
    #[arg(long, value_name = "PORT", num_args = 0..=1, default_missing_value = "0", require_equals = true)]
    pub(super) serve: Option<u16>,
    /// Serve it and start Chromium with it, in a fresh profile; without a display it runs headless
    #[arg(long)]
    pub(super) run: bool,
    /// Chromium's executable, if it is not where it usually is
    #[arg(long, value_name = "PATH", requires = "run")]
    pub(super) chromium: Option<PathBuf>,
    /// Write the app as one signed web bundle, too
    #[arg(long, value_name = "FILE.swbn")]
    pub(super) bundle: Option<PathBuf>,
    /// The Ed25519 key that signs the bundle and is the app's identity, in PKCS #8; made if it is not there [default: FILE.pem]
    #[arg(long, value_name = "FILE.pem", requires = "bundle")]
    pub(super) key: Option<PathBuf>,
    /// Arguments of the program, for --serve and --run
    #[arg(last = true, value_name = "ARGUMENT")]
    pub(super) arguments: Vec<String>,
}

/// Arguments of `emscripten`.
#[derive(Debug, Args)]
pub(super) struct EmscriptenArgs {
    /// What to do with the tree
    #[command(subcommand)]
    pub(super) action: EmscriptenAction,
}

/// What is done with a tree of Emscripten.
#[derive(Debug, Subcommand)]
pub(super) enum EmscriptenAction {
    /// Apply the series of edits; applied again it changes nothing
    Apply(TreeArgs),
    /// Take the series out: every byte is as it was
    Revert(TreeArgs),
    /// Say for each edit whether it is there or where it would go
    Status(TreeArgs),
    /// Print the series as a patch for this very tree, applied there or not
    Diff {
        #[command(flatten)]
        #[allow(missing_docs)]
        tree: TreeArgs,
        /// Unified diffs, or the same with the header that quilt and Debian's packages have
        #[arg(long, value_enum, default_value = "unified")]
        format: PatchFormat,
    },
    /// Print the settings in the form of Emscripten's reference of settings, reStructuredText
    Reference,
}

/// Which tree.
#[derive(Debug, Args)]
pub(super) struct TreeArgs {
    /// The folder of emcc.py
    #[arg(value_name = "DIR")]
    pub(super) folder: PathBuf,
}

/// The form of a patch.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(super) enum PatchFormat {
    /// For `patch -p1`.
    Unified,
    /// With a DEP-3 header.
    Quilt,
}

/// Where a program of an app runs.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(super) enum Place {
    /// In a dedicated worker.
    Worker,
    /// In the page.
    Window,
}

/// Which manual page.
#[derive(Debug, Args)]
pub(super) struct ManArgs {
    /// One of the commands
    pub(super) command: Option<String>,
}

/// Completions for which shell.
#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub(super) shell: clap_complete::Shell,
}
