//! Training one run: from its plan to its folder.

pub mod continued;
pub mod recorder;
pub mod results;
mod saving;
pub mod shorter;
pub mod trial;
pub mod workplace;
