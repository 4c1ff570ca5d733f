//! `runner explain`: tells what keys mean, what they expect, and their defaults.

use super::{
    args::ExplainArgs,
    exit::{self, Exit, Failure},
    output,
};
use crate::spec::reference;

/// Explains the keys of a name, or all keys.
pub fn explain(args: &ExplainArgs) -> exit::Result {
    let text = match &args.key {
        Some(name) => reference::explain(name).map_err(Failure::usage)?,
        None => reference::all(),
    };
    output::result(text.trim_end())?;
    Ok(Exit::Done)
}
