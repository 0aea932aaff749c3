//! Trace: one line for each call that has ended, as strace writes them, with the numbers of errno that the program sees:
//! `connect(3, {AF_INET, 127.0.0.1:80}, 16) = -1 EINPROGRESS (26)`.
//!
//! Every entry goes through [`Runtime::traced`], which is one branch when nobody traces. What a call takes is read when it
//! begins, because it may be overwritten before it ends; what it gives, when it ends. A call that is handed to the original
//! import (a file's) has no line. What the arguments are is one table, `lines::LINES`; how each looks, `decode.rs`.

mod decode;
mod lines;
mod words;

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::constants::limit;
use crate::interface::NOT_OURS;
use crate::platform::{App, Host, Request};
use crate::runtime::Runtime;
use decode::Decoder;
use lines::{Line, Tail};

/// How much is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Level {
    /// Nothing.
    #[default]
    Off,
    /// A line for each call.
    Lines,
    /// The same with the time in front, in seconds since the trace began.
    Times,
}

/// What is traced, and the calls that have begun.
#[derive(Default)]
pub struct Trace {
    level: Level,
    /// The host's time when it began, in milliseconds.
    begin: f64,
    /// The call that is running.
    current: Option<Begun>,
    /// Calls that wait, by ticket.
    waiting: BTreeMap<u32, Begun>,
}

/// A call that has not ended.
struct Begun {
    line: &'static Line,
    arguments: [u64; limit::ARGUMENTS],
    /// The arguments as text; those that are known at the end only are `None`.
    parts: Vec<Option<String>>,
    /// The host's time when it began, in milliseconds.
    since: f64,
    waited: bool,
}

impl<H: Host, A: App> Runtime<H, A> {
    /// Sets what is traced: 0 nothing, 1 a line for each call, 2 (and above) with the time in front.
    pub(crate) fn set_trace(&mut self, value: i32) {
        let level = match value {
            ..=0 => Level::Off,
            1 => Level::Lines,
            2.. => Level::Times,
        };
        let begin = if level == Level::Times { self.host.now() } else { 0.0 };
        self.trace = Trace {
            level,
            begin,
            ..Trace::default()
        };
    }

    /// Runs an entry, and traces it if that was asked for. `name` is the entry's.
    #[inline(always)]
    pub fn traced<const N: usize>(
        &mut self,
        name: &'static str,
        ticket: u32,
        arguments: [u64; N],
        entry: impl FnOnce(&mut Self, u32, [u64; N]) -> i64,
    ) -> i64 {
        if self.trace.level == Level::Off {
            return entry(self, ticket, arguments);
        }
        if ticket == 0 {
            self.trace_begin(name, &arguments);
        }
        let answer = entry(self, ticket, arguments);
        self.trace_end(ticket, answer);
        answer
    }

    /// `sys_abandon`, and the line of the call that it ends.
    pub fn traced_abandon(&mut self, ticket: u32) -> i64 {
        let answer = self.sys_abandon(ticket);
        if self.trace.level != Level::Off {
            self.trace_end(ticket, answer);
        }
        answer
    }

    #[cold]
    fn trace_begin(&mut self, name: &str, given: &[u64]) {
        let Some(line) = lines::LINES.iter().find(|line| line.entry == name) else {
            self.trace.current = None;
            return;
        };
        let mut arguments = [0; limit::ARGUMENTS];
        for (place, &argument) in arguments.iter_mut().zip(given) {
            *place = argument;
        }
        let mut decoder = Decoder::new(&mut self.app, &arguments);
        let parts = line.arguments.iter().enumerate();
        let parts = parts
            .map(|(place, kind)| (!kind.is_answer()).then(|| decoder.argument(*kind, place, None)))
            .collect();
        self.trace.current = Some(Begun {
            line,
            arguments,
            parts,
            since: self.host.now(),
            waited: false,
        });
    }

    #[cold]
    fn trace_end(&mut self, ticket: u32, answer: i64) {
        let begun = match ticket {
            0 => self.trace.current.take(),
            ticket => self.trace.waiting.remove(&ticket),
        };
        let Some(mut begun) = begun else { return };
        match (answer >> 32) as u32 {
            0 => self.trace_line(&begun, answer as u32),
            NOT_OURS => {}
            next => {
                // A turn of the event loop is no wait of the program's.
                begun.waited |= !matches!(self.tickets.get(next), Some(Some(ticket)) if ticket.turn);
                self.trace.waiting.insert(next, begun);
            }
        }
    }

    fn trace_line(&mut self, begun: &Begun, answer: u32) {
        let now = self.host.now();
        let mut text = String::new();
        if self.trace.level == Level::Times {
            let micros = ((now - self.trace.begin) * 1000.0) as u64;
            text = format!("{}.{:06} ", micros / 1_000_000, micros % 1_000_000);
        }
        let line = begun.line;
        let mut decoder = Decoder::new(&mut self.app, &begun.arguments);
        let outcome = decoder.outcome(line.answer, answer);
        text.push_str(line.name);
        text.push('(');
        for (place, (kind, part)) in line.arguments.iter().zip(&begun.parts).enumerate() {
            if place > 0 {
                text.push_str(", ");
            }
            match part {
                Some(part) => text.push_str(part),
                None => text.push_str(&decoder.argument(*kind, place, Some(outcome))),
            }
        }
        text.push_str(") = ");
        text.push_str(&decoder.answer(line.answer, outcome));
        match line.tail {
            Tail::None => {}
            Tail::Poll => text.push_str(&decoder.ready_table(outcome)),
            Tail::Select => text.push_str(&decoder.ready_sets(outcome)),
        }
        if begun.waited {
            let tenths = ((now - begun.since) * 10.0) as u64;
            text.push_str(&format!(" <waited {}.{} ms>", tenths / 10, tenths % 10));
        }
        // A host that can't print has nobody to tell it to.
        let _ = self.host.command(0, Request::Trace(text.as_bytes()));
    }
}
