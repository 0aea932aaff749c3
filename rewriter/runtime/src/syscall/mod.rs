//! The calls, by concern. Each entry of the contract is a method of [`crate::runtime::Runtime`] of the same name: the ticket
//! (0 at first), then the arguments widened to 64 bits; it answers what the contract says an entry answers.

pub mod callbacks;
pub mod connect;
pub mod control;
pub mod cork;
pub mod datagram;
pub mod descriptor;
pub mod epoll;
pub mod exit;
pub mod hosts;
pub mod input;
pub mod local;
pub mod local_data;
pub mod many;
pub mod multicast;
pub mod names;
pub mod open;
pub mod options;
pub(crate) mod permit;
pub mod pipe;
pub mod stream;
pub mod transfer;
pub mod watch;

/// An argument that is an `int`.
pub(crate) fn int(argument: u64) -> i32 {
    argument as u32 as i32
}
