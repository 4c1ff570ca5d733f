//! The training loop and what it decides by.

pub mod state;
