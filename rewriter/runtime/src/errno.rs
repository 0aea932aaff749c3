//! Error numbers as musl has them for wasm: one table, the same in every Emscripten version.

/// An error number, positive.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Errno(u16);

macro_rules! errors {
    ($($name:ident = $value:literal, $text:literal;)*) => {
        #[allow(missing_docs, reason = "the name says it all")]
        impl Errno {
            $(#[doc = $text] pub const $name: Errno = Errno($value);)*

            /// What it means, in words.
            pub fn text(self) -> &'static str {
                let text = match self.0 {
                    $($value => $text,)*
                    _ => "Unknown error",
                };
                text.trim_end_matches('.')
            }

            /// The name as in errno.h, for messages and tests.
            pub fn name(self) -> &'static str {
                match self.0 {
                    $($value => concat!("E", stringify!($name)),)*
                    _ => "unknown error",
                }
            }
        }
    };
}

errors! {
    ACCES = 2, "Permission denied.";
    ADDRINUSE = 3, "Address in use.";
    ADDRNOTAVAIL = 4, "Address not available.";
    AFNOSUPPORT = 5, "Address family not supported.";
    AGAIN = 6, "Try again.";
    ALREADY = 7, "Connection already in progress.";
    BADF = 8, "Bad descriptor.";
    BUSY = 10, "Busy.";
    CONNABORTED = 13, "Connection aborted.";
    CONNREFUSED = 14, "Connection refused.";
    CONNRESET = 15, "Connection reset.";
    DESTADDRREQ = 17, "Destination address required.";
    DOM = 18, "Argument out of domain.";
    EXIST = 20, "Exists already.";
    FAULT = 21, "Bad address.";
    HOSTUNREACH = 23, "Host unreachable.";
    INPROGRESS = 26, "Operation in progress.";
    INTR = 27, "Interrupted.";
    INVAL = 28, "Invalid argument.";
    IO = 29, "Input/output error.";
    ISCONN = 30, "Already connected.";
    LOOP = 32, "A loop, or too deep.";
    MFILE = 33, "Too many descriptors of the process.";
    MSGSIZE = 35, "Message too long.";
    NETDOWN = 38, "Network down.";
    NETUNREACH = 40, "Network unreachable.";
    NFILE = 41, "Too many descriptors of the system.";
    NOBUFS = 42, "No buffer space.";
    NODEV = 43, "No such device.";
    NOENT = 44, "No such file or name.";
    NOMEM = 48, "Out of memory.";
    NOPROTOOPT = 50, "No such option of the protocol.";
    NOSPC = 51, "No space.";
    NOSYS = 52, "Not implemented.";
    NOTCONN = 53, "Not connected.";
    NOTSOCK = 57, "Not a socket.";
    NOTTY = 59, "No such control operation.";
    PERM = 63, "Operation not permitted.";
    PIPE = 64, "Broken pipe.";
    PROTO = 65, "Protocol error.";
    PROTONOSUPPORT = 66, "Protocol not supported.";
    PROTOTYPE = 67, "Wrong protocol for the type of socket.";
    RANGE = 68, "Result too large.";
    TIMEDOUT = 73, "Timed out.";
    SOCKTNOSUPPORT = 137, "Type of socket not supported.";
    OPNOTSUPP = 138, "Operation not supported.";
}

impl Errno {
    /// The positive number.
    pub const fn number(self) -> i32 {
        self.0 as i32
    }

    /// An error that the host or an original import named; what is no error number counts as `EIO`.
    pub fn from_number(number: i32) -> Errno {
        match u16::try_from(number) {
            Ok(number) if number != 0 => Errno(number),
            _ => Errno::IO,
        }
    }
}

impl core::fmt::Debug for Errno {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}({})", self.name(), self.0)
    }
}
