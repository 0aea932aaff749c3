//! The syscalls that Emscripten's C library has as stubs, and how its functions call them: one table.

/// `ENOPROTOOPT` and `ENOSYS`, the same in every version of Emscripten.
pub(crate) const ENOPROTOOPT: i32 = 50;
pub(crate) const ENOSYS: i32 = 52;

/// A stub of Emscripten's C library.
#[derive(Debug, PartialEq, Eq)]
pub struct Stub {
    /// Its C symbol.
    pub symbol: &'static str,
    /// The libc function through which programs call it.
    pub function: &'static str,
    /// The errno that it answers, negated.
    pub errno: i32,
    /// How many parameters it has.
    pub(super) params: usize,
    /// How its libc function calls it; `None`: as many others do.
    pub(super) call: Option<Shape>,
    /// Whether a program notices that it is folded. `pipe2` does then what it asks for with other calls.
    pub(super) matters: bool,
}

/// How the libc function calls the stub.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// How many parameters the libc function has.
    pub(super) params: usize,
    /// What it passes.
    pub(super) arguments: &'static [Expected],
    /// What else tells it from functions with the same arguments.
    pub(super) mark: Mark,
}

/// An argument that is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// The caller's parameter of the same position.
    Same,
    /// 0.
    Zero,
    /// Neither a parameter nor a constant.
    Computed,
    /// Anything.
    Any,
}

/// What else tells a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    None,
    /// It compares the answer with -ENOSYS at once.
    ChecksEnosys,
    /// It knows F_DUPFD_CLOEXEC.
    KnowsDupfd,
    /// It does not.
    IgnoresDupfd,
    /// It calls another function that may be a stub.
    CallsAnother,
}

/// `F_DUPFD_CLOEXEC`, which `fcntl()` treats apart.
pub(super) const F_DUPFD_CLOEXEC: i32 = 1030;

const fn stub(symbol: &'static str, function: &'static str, errno: i32, call: Shape) -> Stub {
    Stub {
        symbol,
        function,
        errno,
        params: call.arguments.len(),
        call: Some(call),
        matters: true,
    }
}

/// One that only its name tells.
const fn nameless(symbol: &'static str, function: &'static str, params: usize) -> Stub {
    Stub {
        symbol,
        function,
        errno: ENOSYS,
        params,
        call: None,
        matters: true,
    }
}

const fn shape(params: usize, arguments: &'static [Expected], mark: Mark) -> Shape {
    Shape {
        params,
        arguments,
        mark,
    }
}

/// The stubs for which the runtime has an entry.
pub const STUBS: [Stub; 13] = {
    use Expected::{Any, Computed, Same, Zero};
    [
        stub(
            "__syscall_setsockopt",
            "setsockopt",
            ENOPROTOOPT,
            shape(5, &[Same, Same, Same, Same, Same, Zero], Mark::None),
        ),
        stub(
            "__syscall_shutdown",
            "shutdown",
            ENOSYS,
            shape(2, &[Same, Same, Zero, Zero, Zero, Zero], Mark::None),
        ),
        stub(
            "__syscall_socketpair",
            "socketpair",
            ENOSYS,
            shape(4, &[Same, Same, Same, Same, Zero, Zero], Mark::None),
        ),
        stub(
            "__syscall_sendmmsg",
            "sendmmsg",
            ENOSYS,
            shape(4, &[Same, Same, Same, Same, Zero], Mark::None),
        ),
        // The last is the address of the variable arguments, which are the timeout.
        stub(
            "__syscall_recvmmsg",
            "recvmmsg",
            ENOSYS,
            shape(5, &[Same, Same, Same, Same, Computed], Mark::None),
        ),
        stub(
            "__syscall_pselect6",
            "pselect",
            ENOSYS,
            shape(6, &[Same, Same, Same, Same, Any, Computed], Mark::None),
        ),
        Stub {
            matters: false,
            ..stub(
                "__syscall_pipe2",
                "pipe2",
                ENOSYS,
                shape(2, &[Same, Same], Mark::ChecksEnosys),
            )
        },
        stub(
            "__syscall_fcntl64",
            "fcntl",
            ENOSYS,
            shape(3, &[Same, Any, Any], Mark::KnowsDupfd),
        ),
        stub(
            "__syscall_ioctl",
            "ioctl",
            ENOSYS,
            shape(3, &[Same, Same, Computed], Mark::IgnoresDupfd),
        ),
        // Of standalone wasm from 3.1.69 on (poll: 6.0.5).
        stub(
            "__syscall_poll",
            "poll",
            ENOSYS,
            shape(3, &[Same, Same, Same], Mark::CallsAnother),
        ),
        Stub {
            matters: false,
            ..stub(
                "__syscall_poll_nonblocking",
                "poll",
                ENOSYS,
                shape(3, &[Same, Same], Mark::None),
            )
        },
        nameless("__syscall_fstat64", "fstat", 2),
        nameless("__syscall_dup", "dup", 1),
    ]
};
