//! Control data of `sendmsg` and `recvmsg`: `cmsghdr`s one after the other, aligned to the width of a pointer (cmsg(3)).

use crate::errno::Errno;
use crate::platform::{Abi, App};

/// Where the fields of a `cmsghdr` lie: `cmsg_len`, `cmsg_level`, `cmsg_type`, the data.
fn offsets(abi: Abi) -> [usize; 4] {
    match abi.word() {
        8 => [0, 8, 12, 16],
        _ => [0, 4, 8, 12],
    }
}

/// One of what a program sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ControlMessage<'a> {
    /// `cmsg_level`.
    pub level: i32,
    /// `cmsg_type`.
    pub kind: i32,
    /// `CMSG_DATA`.
    pub data: &'a [u8],
}

/// What lies in the bytes of `msg_control`; `EINVAL` for a length that is too small or reaches beyond them, after which there
/// is nothing.
pub fn messages(abi: Abi, bytes: &[u8]) -> impl Iterator<Item = Result<ControlMessage<'_>, Errno>> {
    let mut rest = bytes;
    core::iter::from_fn(move || {
        let [_, level, kind, data] = offsets(abi);
        let header = rest.get(..data)?;
        let number = |at: usize| i32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        let length = number(0) as u32 as usize;
        let Some(content) = rest.get(data..length) else {
            rest = &[];
            return Some(Err(Errno::INVAL));
        };
        rest = rest.get(length.next_multiple_of(abi.word())..).unwrap_or_default();
        Some(Ok(ControlMessage {
            level: number(level),
            kind: number(kind),
            data: content,
        }))
    })
}

/// Where `recvmsg` writes control data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ControlRoom {
    at: u64,
    room: usize,
    used: usize,
    truncated: bool,
}

impl ControlRoom {
    /// So many bytes at an address.
    pub fn new(at: u64, room: usize) -> ControlRoom {
        ControlRoom {
            at,
            // Without an address there is no room, whatever the length says.
            room: if at == 0 { 0 } else { room },
            used: 0,
            truncated: false,
        }
    }

    /// Writes a message, or as much of it as there is room for: of less than its header, nothing.
    pub fn put(&mut self, app: &mut impl App, level: i32, kind: i32, content: &[u8]) -> Result<(), Errno> {
        let abi = app.abi();
        let [_, level_at, kind_at, data_at] = offsets(abi);
        let left = self.room - self.used;
        if left < data_at {
            self.truncated = true;
            return Ok(());
        }
        let whole = data_at + content.len();
        let length = whole.min(left);
        self.truncated |= length < whole;
        let mut header = [0; 16];
        header[..4].copy_from_slice(&(length as u32).to_le_bytes());
        header[level_at..level_at + 4].copy_from_slice(&level.to_le_bytes());
        header[kind_at..kind_at + 4].copy_from_slice(&kind.to_le_bytes());
        let at = self.at.wrapping_add(self.used as u64);
        super::put(app, at, &header[..data_at])?;
        super::put(app, at.wrapping_add(data_at as u64), &content[..length - data_at])?;
        self.used += whole.next_multiple_of(abi.word()).min(left);
        Ok(())
    }

    /// `msg_controllen` as it is written back.
    pub fn used(&self) -> usize {
        self.used
    }

    /// `MSG_CTRUNC`: there was no room for all.
    pub fn is_truncated(&self) -> bool {
        self.truncated
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    const WASM32: Abi = Abi(0);
    const WASM64: Abi = Abi(crate::interface::abi::WASM64);

    /// Level, type and data.
    type Told<'a> = (i32, i32, &'a [u8]);

    fn read(abi: Abi, bytes: &[u8]) -> Vec<Result<Told<'_>, Errno>> {
        messages(abi, bytes)
            .map(|message| message.map(|message| (message.level, message.kind, message.data)))
            .collect()
    }

    #[test]
    fn two_messages_of_wasm32() {
        let mut bytes = Vec::new();
        bytes.extend([13, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0xaa, 0, 0, 0]);
        bytes.extend([16, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 1, 2, 3, 4]);
        assert_eq!(
            read(WASM32, &bytes),
            [Ok((1, 2, &[0xaa][..])), Ok((3, 4, &[1, 2, 3, 4][..]))]
        );
        // Less than a header at the end is nothing.
        assert_eq!(read(WASM32, &bytes[..20]).len(), 1);
        assert_eq!(read(WASM32, &bytes[..13]).len(), 1);
        assert_eq!(read(WASM32, &bytes[..11]), []);
    }

    #[test]
    fn lengths_that_cannot_be() {
        for length in [0u32, 11, 17, u32::MAX] {
            let mut bytes = [0; 16];
            bytes[..4].copy_from_slice(&length.to_le_bytes());
            assert_eq!(read(WASM32, &bytes), [Err(Errno::INVAL)], "{length}");
        }
    }

    #[test]
    fn a_message_of_wasm64() {
        let mut bytes = [0; 24];
        bytes[0] = 20;
        bytes[8] = 41;
        bytes[12] = 50;
        bytes[16] = 7;
        assert_eq!(read(WASM64, &bytes), [Ok((41, 50, &[7, 0, 0, 0][..]))]);
        assert_eq!(read(WASM64, &bytes[..16]), [Err(Errno::INVAL)]);
    }
}
