//! `emscripten_set_socket_*_callback`.

use crate::errno::Errno;
use crate::platform::{App, Host};
use crate::runtime::Runtime;

impl<H: Host, A: App> Runtime<H, A> {
    /// `emscripten_set_socket_error_callback(user_data, function)`
    pub fn on_socket_error(&mut self, ticket: u32, _: [u64; 2]) -> i64 {
        self.enter(ticket, false, |_, _| Err(Errno::NOSYS.into()))
    }

    /// `emscripten_set_socket_open_callback(user_data, function)`
    pub fn on_socket_open(&mut self, ticket: u32, _: [u64; 2]) -> i64 {
        self.enter(ticket, false, |_, _| Err(Errno::NOSYS.into()))
    }

    /// `emscripten_set_socket_listen_callback(user_data, function)`
    pub fn on_socket_listen(&mut self, ticket: u32, _: [u64; 2]) -> i64 {
        self.enter(ticket, false, |_, _| Err(Errno::NOSYS.into()))
    }

    /// `emscripten_set_socket_connection_callback(user_data, function)`
    pub fn on_socket_connection(&mut self, ticket: u32, _: [u64; 2]) -> i64 {
        self.enter(ticket, false, |_, _| Err(Errno::NOSYS.into()))
    }

    /// `emscripten_set_socket_message_callback(user_data, function)`
    pub fn on_socket_message(&mut self, ticket: u32, _: [u64; 2]) -> i64 {
        self.enter(ticket, false, |_, _| Err(Errno::NOSYS.into()))
    }

    /// `emscripten_set_socket_close_callback(user_data, function)`
    pub fn on_socket_close(&mut self, ticket: u32, _: [u64; 2]) -> i64 {
        self.enter(ticket, false, |_, _| Err(Errno::NOSYS.into()))
    }
}
