//! Properties: the ring is a queue, and no order of calls and events loses, repeats or invents a byte.

mod world;

use std::collections::VecDeque;

use direct_sockets_runtime::errno::Errno;
use direct_sockets_runtime::ring::{Pool, Ring};
use proptest::prelude::*;
use world::*;

/// Failures are printed, smallest first; nothing is written beside the sources.
fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        // Miri is some hundred times slower.
        cases: if cfg!(miri) { 2 } else { cases },
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Bytes that tell their own place in a stream.
fn text(from: usize, count: usize) -> Vec<u8> {
    (from..from + count)
        .map(|place| (place.wrapping_mul(31) >> 3) as u8)
        .collect()
}

#[derive(Clone, Debug)]
enum RingStep {
    Fill(usize, usize),
    Reserve(usize, usize),
    Consume(usize),
    Copy(usize, usize),
}

fn ring_step() -> impl Strategy<Value = RingStep> {
    let size = 0usize..3000;
    prop_oneof![
        (size.clone(), 0usize..6000).prop_map(|(want, most)| RingStep::Fill(want, most)),
        (size.clone(), 0usize..3000).prop_map(|(want, used)| RingStep::Reserve(want, used)),
        size.clone().prop_map(RingStep::Consume),
        (size.clone(), size).prop_map(|(offset, want)| RingStep::Copy(offset, want)),
    ]
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn a_ring_is_a_bounded_queue(steps in proptest::collection::vec(ring_step(), 1..60)) {
        let mut pool = Pool::default();
        let mut ring = Ring::default();
        let mut model = VecDeque::new();
        let mut written = 0;
        for step in steps {
            match step {
                RingStep::Fill(want, most) => {
                    let mut pieces = 0;
                    let (count, fine) = ring.fill(&mut pool, want, most, |offset, bytes| {
                        pieces += 1;
                        bytes.copy_from_slice(&text(written + offset, bytes.len()));
                        true
                    });
                    prop_assert!(fine && pieces <= 2);
                    prop_assert_eq!(count, want.min(most.saturating_sub(model.len())));
                    model.extend(text(written, count));
                    written += count;
                }
                RingStep::Reserve(want, used) => {
                    let room = ring.reserve(&mut pool, want, 5000);
                    prop_assert!(room.len() <= want);
                    prop_assert_eq!(room.is_empty(), want == 0 || model.len() >= 5000);
                    let count = used.min(room.len());
                    room[..count].copy_from_slice(&text(written, count));
                    ring.commit(count);
                    model.extend(text(written, count));
                    written += count;
                }
                RingStep::Consume(count) => {
                    prop_assert!(ring.front(count).len() <= count);
                    ring.consume(&mut pool, count);
                    model.drain(..count.min(model.len()));
                    prop_assert!(!model.is_empty() || ring.capacity() == 0, "an empty ring holds no memory");
                }
                RingStep::Copy(offset, want) => {
                    let mut seen = Vec::new();
                    let (count, _) = ring.copy(offset, want, |at, bytes| {
                        assert_eq!(at, seen.len());
                        seen.extend_from_slice(bytes);
                        true
                    });
                    prop_assert_eq!(count, seen.len());
                    let expected: Vec<u8> = model.iter().skip(offset).take(want).copied().collect();
                    prop_assert_eq!(seen, expected);
                }
            }
            prop_assert_eq!(ring.len(), model.len());
        }
        ring.clear(&mut pool);
        prop_assert!(pool.bytes() <= 1 << 20);
    }
}

/// What the program or the host does next. Numbers are taken modulo what there is.
#[derive(Clone, Debug)]
enum Step {
    Send(usize),
    Receive(usize, bool),
    Resume,
    Abandon,
    Arrive(usize),
    Drain(usize),
    End,
    Fail,
    Shutdown,
    Poll,
    Expire,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0usize..9000).prop_map(Step::Send),
        4 => (0usize..9000, any::<bool>()).prop_map(|(count, whole)| Step::Receive(count, whole)),
        6 => Just(Step::Resume),
        1 => Just(Step::Abandon),
        4 => (1usize..5000).prop_map(Step::Arrive),
        4 => (1usize..5000).prop_map(Step::Drain),
        1 => Just(Step::End),
        1 => Just(Step::Fail),
        1 => Just(Step::Shutdown),
        2 => Just(Step::Poll),
        1 => Just(Step::Expire),
    ]
}

/// The call that waits, if one does.
#[derive(Clone, Copy, Debug)]
enum Waiting {
    Send(u32, usize),
    Receive(u32, usize, u64),
}

/// A connection with what should be true of it.
struct Model {
    world: World,
    fd: u64,
    channel: u32,
    /// Bytes of the program's stream that calls have taken, and that the host has drained.
    sent: usize,
    drained: usize,
    /// Bytes of the peer's stream that arrived, and that calls have handed out.
    arrived: usize,
    received: usize,
    paused: bool,
    over: bool,
    failed: bool,
    told: bool,
    waiting: Option<Waiting>,
}

const WAITALL: u64 = 0x100;

impl Model {
    fn answer_send(&mut self, count: usize, answer: Answer) {
        match answer {
            Answer::Wait(ticket) => self.waiting = Some(Waiting::Send(ticket, count)),
            Answer::Done(value) if value >= 0 => {
                assert!(value as usize <= count);
                self.sent += value as usize;
            }
            Answer::Done(value) => self.fail(-value),
            Answer::NotOurs => panic!("not ours"),
        }
    }

    fn answer_receive(&mut self, count: usize, flags: u64, answer: Answer) {
        match answer {
            Answer::Wait(ticket) => self.waiting = Some(Waiting::Receive(ticket, count, flags)),
            Answer::Done(value) if value >= 0 => {
                let got = value as usize;
                assert!(got <= count);
                assert!(self.world.data(got) == text(self.received, got), "bytes are in order");
                self.received += got;
                if got == 0 && count > 0 {
                    assert!(self.over, "no end that nobody sent");
                    assert_eq!(self.received, self.arrived, "no end before the last byte");
                    assert!(!self.failed || self.told, "no clean end of a broken stream");
                }
            }
            Answer::Done(value) => {
                if -value != Errno::AGAIN.number() {
                    assert_eq!(self.received, self.arrived, "no error before the last byte");
                }
                self.fail(-value);
            }
            Answer::NotOurs => panic!("not ours"),
        }
    }

    fn fail(&mut self, errno: i32) {
        if errno == Errno::CONNRESET.number() {
            assert!(self.failed && !self.told, "an error is told once");
            self.told = true;
        } else {
            assert!(
                [Errno::AGAIN.number(), Errno::PIPE.number()].contains(&errno),
                "{errno}"
            );
        }
    }

    fn resume(&mut self, abandon: bool) {
        let Some(waiting) = self.waiting.take() else {
            return;
        };
        match waiting {
            Waiting::Send(ticket, count) => {
                let bytes = text(self.sent, count);
                self.world.put(DATA, &bytes);
                let answer = match abandon {
                    true => self.world.sys_abandon(ticket),
                    false => self.world.sys_sendto(ticket, [self.fd, DATA, count as u64, 0, 0, 0]),
                };
                self.answer_send(count, Answer::of(answer));
            }
            Waiting::Receive(ticket, count, flags) => {
                let answer = match abandon {
                    true => self.world.sys_abandon(ticket),
                    false => self
                        .world
                        .sys_recvfrom(ticket, [self.fd, DATA, count as u64, flags, 0, 0]),
                };
                self.answer_receive(count, flags, Answer::of(answer));
            }
        }
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Send(count) if self.waiting.is_none() => {
                let bytes = text(self.sent, count);
                let answer = self.world.send(self.fd, &bytes, 0);
                self.answer_send(count, answer);
            }
            Step::Receive(count, whole) if self.waiting.is_none() => {
                let flags = if whole { WAITALL } else { 0 };
                let answer = self.world.recv(self.fd, count as u64, flags);
                self.answer_receive(count, flags, answer);
            }
            Step::Send(_) | Step::Receive(..) | Step::Resume => self.resume(false),
            Step::Abandon => self.resume(true),
            Step::Arrive(count) if !self.over && !self.paused => {
                let bytes = text(self.arrived, count);
                self.paused = !self.world.arrive(self.channel, &bytes);
                self.arrived += count;
            }
            Step::Drain(most) if !self.failed => {
                let bytes = self.world.send_peek(self.channel, most).to_vec();
                assert!(bytes == text(self.drained, bytes.len()));
                self.world.send_done(self.channel, bytes.len());
                self.drained += bytes.len();
            }
            Step::End if !self.failed => {
                self.over = true;
                self.world.recv_end(self.channel);
            }
            Step::Fail if !self.over => {
                self.over = true;
                self.failed = true;
                self.world.failed(self.channel, Errno::CONNRESET);
            }
            Step::Shutdown => {
                self.world.sys_shutdown(0, [self.fd, 1, 0, 0, 0, 0]);
            }
            Step::Poll => {
                self.world.poll_one(self.fd);
            }
            Step::Expire => {
                self.world.host().time += 10.0;
            }
            _ => {}
        }
        for (channel, command) in self.world.given() {
            if command == Given::Resume {
                assert_eq!(channel, self.channel);
                assert!(self.paused, "nobody had stopped");
                self.paused = false;
            }
        }
        // Who can go on has been told so.
        let readable = self.world.poll_one(self.fd) & 1 != 0;
        let woken = self.world.woken();
        if let Some(Waiting::Receive(ticket, _, 0)) = self.waiting
            && readable
        {
            let timeout = self.world.ticket_timeout(ticket);
            assert!(
                woken.contains(&ticket) || timeout == 0.0,
                "a reader sleeps over its bytes"
            );
        }
    }
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn no_order_of_calls_and_events_loses_or_invents_a_byte(steps in proptest::collection::vec(step(), 1..120)) {
        let mut world = world();
        world.configure(1, 8192);
        world.configure(2, 8192);
        let (fd, channel) = world.connected(0);
        let mut model = Model {
            world, fd, channel, sent: 0, drained: 0, arrived: 0, received: 0,
            paused: false, over: false, failed: false, told: false, waiting: None,
        };
        for step in &steps {
            model.step(step);
        }
        // Whatever happened, what was taken and can still leave does leave.
        model.resume(true);
        model.waiting = None;
        if !model.failed {
            let rest = model.world.drain(channel, 777);
            prop_assert!(rest == text(model.drained, rest.len()));
            prop_assert_eq!(model.drained + rest.len(), model.sent);
        }
        model.world.close(fd).done();
        model.world.closed(channel);
    }
}
