//! How bodies call what may be a stub: the arguments tell which libc function a caller is.

use super::StubFacts;
use super::table::{ENOSYS, Expected, F_DUPFD_CLOEXEC, Mark, Shape};
use wasmparser::{FunctionBody, Operator};

/// A call of a candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Call {
    /// How many parameters the caller has.
    params: usize,
    arguments: Vec<Argument>,
    /// The constant with which the answer is compared at once.
    checked: Option<i32>,
    /// The caller knows F_DUPFD_CLOEXEC.
    dupfd: bool,
    /// The caller calls another candidate too.
    another: bool,
}

/// A value on the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Argument {
    Parameter(u32),
    Constant(i64),
    Computed,
}

impl Call {
    /// Whether it is a call of this shape.
    pub(super) fn fits(&self, shape: &Shape) -> bool {
        self.params == shape.params
            && match shape.mark {
                Mark::None => true,
                Mark::ChecksEnosys => self.checked == Some(-ENOSYS),
                Mark::KnowsDupfd => self.dupfd,
                Mark::IgnoresDupfd => !self.dupfd,
                Mark::CallsAnother => self.another,
            }
            && self.arguments.len() == shape.arguments.len()
            && (0..)
                .zip(&self.arguments)
                .zip(shape.arguments)
                .all(|((position, argument), expected)| match expected {
                    Expected::Same => *argument == Argument::Parameter(position),
                    Expected::Zero => *argument == Argument::Constant(0),
                    Expected::Computed => *argument == Argument::Computed,
                    Expected::Any => true,
                })
    }
}

/// The calls of candidates in a body.
pub(super) fn calls(facts: &StubFacts, params: usize, body: &FunctionBody<'_>) -> Vec<(u32, Call)> {
    let Ok(operators) = body.get_operators_reader() else {
        return Vec::new();
    };
    let mut calls: Vec<(u32, Call)> = Vec::new();
    let mut stack = Vec::new();
    let mut dupfd = false;
    // Right behind a call: its answer may be compared.
    let mut answered = false;
    for operator in operators.into_iter().flatten() {
        if let Operator::I32Const { value } = operator {
            dupfd |= value == F_DUPFD_CLOEXEC;
            if let (true, Some((_, call))) = (answered, calls.last_mut()) {
                call.checked = Some(value);
            }
        }
        answered &= matches!(operator, Operator::LocalTee { .. });
        match operator {
            Operator::LocalGet { local_index } if (local_index as usize) < params => {
                stack.push(Argument::Parameter(local_index));
            }
            Operator::LocalGet { .. } => stack.push(Argument::Computed),
            Operator::LocalTee { .. } => {}
            Operator::I32Add | Operator::I64Add if stack.len() >= 2 => {
                stack.truncate(stack.len() - 2);
                stack.push(Argument::Computed);
            }
            Operator::Call { function_index } => {
                if let Ok(position) = facts.position(function_index) {
                    let count = facts.candidates[position].params;
                    let arguments = stack.len().checked_sub(count).map(|first| stack.split_off(first));
                    let call = Call {
                        params,
                        arguments: arguments.unwrap_or_default(),
                        checked: None,
                        dupfd: false,
                        another: false,
                    };
                    calls.push((function_index, call));
                    answered = true;
                }
                stack.clear();
            }
            ref operator => match constant(operator) {
                Some(value) => stack.push(Argument::Constant(value)),
                None => stack.clear(),
            },
        }
    }
    let several = calls.windows(2).any(|pair| pair[0].0 != pair[1].0);
    for (_, call) in &mut calls {
        call.dupfd = dupfd;
        call.another = several;
    }
    calls
}

/// The integer that an operator puts on the stack.
pub(super) fn constant(operator: &Operator<'_>) -> Option<i64> {
    match operator {
        Operator::I32Const { value } => Some(i64::from(*value)),
        Operator::I64Const { value } => Some(*value),
        _ => None,
    }
}
