//! Training one run: from its plan to its folder.

mod continued;
mod error;
mod identities;
mod monitor;
mod recorder;
pub mod results;
mod saving;
pub mod shorter;
mod trial;
pub mod workplace;

pub use error::{Error, Result};
pub use identities::Identities;
pub use monitor::{Extent, Level, Monitor, Verdict};
pub use trial::{Ended, Trial};
pub use workplace::{DataCache, Workplace};
