//! Standard input of a host with a terminal: reading and polling it wait, as long as it is what the program started with.

mod world;

use direct_sockets_runtime::errno::Errno;
use world::files::Files;
use world::*;

const IN: u16 = 1;
const OUT: u16 = 4;

fn typing() -> World {
    let mut w = world();
    w.host().terminal = Some(false);
    w
}

fn poll_again(w: &mut World, ticket: u32, count: u64, timeout: i32) -> Answer {
    Answer::of(w.sys_poll(ticket, [TABLE, count, timeout as u32 as u64]))
}

fn select(w: &mut World, ticket: u32) -> Answer {
    w.put(DATA, &[0b11, 0, 0, 0, 0, 0, 0, 0]);
    Answer::of(w.sys_newselect(ticket, [2, DATA, 0, 0, 0]))
}

#[test]
fn a_read_waits_and_is_then_the_originals() {
    let mut w = typing();
    let ticket = w.read_from(0, 0, 10).ticket();
    assert_eq!(w.ticket_timeout(ticket), f64::INFINITY);
    assert_eq!(w.read_from(ticket, 0, 10), Answer::Wait(ticket), "settled for others");
    w.host().terminal = Some(true);
    assert_eq!(w.read_from(ticket, 0, 10), Answer::NotOurs);
    assert_eq!(w.read_from(0, 0, 10), Answer::NotOurs);
    // Where the stack cannot suspend: what the original would have answered.
    w.host().terminal = Some(false);
    let ticket = w.read_from(0, 0, 10).ticket();
    assert_eq!(Answer::of(w.sys_abandon(ticket)), Answer::Done(Errno::AGAIN.number()));
}

#[test]
fn a_read_that_must_not_wait_lets_the_event_loop_turn() {
    let mut w = typing();
    w.app().flags = 0x800;
    let again = Answer::Done(Errno::AGAIN.number());
    assert_eq!(w.read_from(0, 0, 10), again);
    let ticket = w.read_from(0, 0, 10).ticket();
    assert_eq!(w.ticket_timeout(ticket), 0.0);
    assert_eq!(w.read_from(ticket, 0, 10), again);
}

#[test]
fn poll_and_select_wait_for_it_and_for_sockets() {
    let mut w = typing();
    let (fd, channel) = w.connected(0);
    let fds = [(0, IN | OUT), (fd as i32, IN)];
    assert_eq!(w.poll(&fds, -1), (Answer::Done(1), vec![OUT, 0]));
    let fds = [(0, IN), (fd as i32, IN)];
    let ticket = w.poll(&fds, 500).0.ticket();
    assert_eq!(w.ticket_timeout(ticket), 500.0);
    w.host().terminal = Some(true);
    assert_eq!(poll_again(&mut w, ticket, 2, 500), Answer::Done(1));
    assert_eq!(w.get(TABLE + 6, 1), [IN as u8]);

    w.host().terminal = Some(false);
    let ticket = w.poll(&fds, -1).0.ticket();
    w.arrive(channel, b"x");
    assert_eq!(w.woken(), [ticket]);
    assert_eq!(poll_again(&mut w, ticket, 2, -1), Answer::Done(1));

    // Descriptor 1 is a file that is never readable here.
    w.app().files.insert(1, 0);
    let ticket = select(&mut w, 0).ticket();
    w.host().terminal = Some(true);
    assert_eq!(select(&mut w, ticket), Answer::Done(1));
    assert_eq!(w.get(DATA, 1), [1]);
}

#[test]
fn who_asks_in_a_loop_lets_the_event_loop_turn() {
    let mut w = typing();
    assert_eq!(w.poll(&[(0, IN)], 0).0, Answer::Done(0));
    let ticket = w.poll(&[(0, IN)], 0).0.ticket();
    assert_eq!(w.ticket_timeout(ticket), 0.0);
    w.host().terminal = Some(true);
    assert_eq!(poll_again(&mut w, ticket, 1, 0), Answer::Done(1));
}

#[test]
fn another_file_of_that_number_is_none() {
    let replacements: [fn(&mut World); 2] = [
        |w| assert_eq!(Answer::of(w.sys_dup3(0, [1, 0, 0])), Answer::NotOurs),
        |w| assert_eq!(w.close(0), Answer::NotOurs),
    ];
    for replace in replacements {
        let mut w = typing();
        let waiting = w.read_from(0, 0, 10).ticket();
        replace(&mut w);
        assert_eq!(w.read_from(waiting, 0, 10), Answer::NotOurs);
        assert_eq!(w.read_from(0, 0, 10), Answer::NotOurs);
        assert_eq!(w.poll(&[(0, IN)], -1).1, [IN]);
    }
    // Others never were.
    let mut w = typing();
    assert_eq!(w.read_from(0, 1, 10), Answer::NotOurs);
    w.host().terminal = None;
    assert_eq!(w.read_from(0, 0, 10), Answer::NotOurs);
}

#[test]
fn a_socket_of_that_number_is_read() {
    let mut w = typing();
    let (fd, channel) = w.connected(0);
    assert_eq!(Answer::of(w.sys_dup3(0, [fd, 0, 0])), Answer::Done(0));
    w.arrive(channel, b"x");
    assert_eq!(w.read_from(0, 0, 10), Answer::Done(0));
    assert_eq!(w.count(), 1);
}
