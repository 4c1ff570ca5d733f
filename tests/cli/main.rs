//! Drives the real binary as a user would.

mod apply;
mod asked;
mod best;
mod check;
mod clean;
mod commands;
mod damaged;
mod determinism;
mod estimates;
mod evaluate;
mod export;
mod finals;
mod folder;
mod image_folder;
mod longer;
mod mistakes;
mod place;
mod quiet;
mod rebuilt;
mod report;
mod report_tables;
mod results;
mod resume;
mod shipped;
mod sweep;
mod sweeps_compared;
