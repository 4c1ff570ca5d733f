//! Trains one run, from its plan to its folder, resuming where an earlier process stopped.
//!
//! A [`Trial`] describes what to train, where its folder goes and what to compute with. The caller provides
//! two callbacks, whether to stop and whether the run is worth another epoch, and a [`Monitor`] that is told
//! what happens. Nothing here depends on terminals, signals or exit statuses. `examples/train.rs` is a program
//! that prints each epoch and stops after a while; this is the least that one needs:
//!
//! ```
//! use runner::{
//!     plan::Plan,
//!     record::Status,
//!     run::{DataCache, Trial, Workplace},
//!     spec::{self, Overrides},
//! };
//!
//! let folder = tempfile::tempdir()?;
//! let file = folder.path().join("tiny.toml");
//! std::fs::write(
//!     &file,
//!     r#"
//!     data = { dataset = "synthetic_digits", train_limit = 32, test_limit = 8 }
//!     model = { kind = "mlp", hidden = [16], latent_dim = 2 }
//!     train = { epochs = 2 }
//!     "#,
//! )?;
//!
//! let mut loaded = spec::load(&file, &Overrides::default())?;
//! let plan = Plan::new(loaded.points.remove(0));
//! let (runs, workplace) = (folder.path().join("runs"), Workplace::new(Some(1))?);
//! let trial = Trial::new(&loaded.text, &plan, &runs, &workplace)?;
//!
//! // `()` is a monitor that ignores everything.
//! let ended = trial.run(&mut DataCache::default(), &mut ())?;
//! assert_eq!(ended.info.status, Status::Completed);
//! assert!(ended.folder.join("figures/reconstruction.png").exists());
//!
//! // A complete run is not trained again.
//! assert!(trial.run(&mut DataCache::default(), &mut ())?.skipped);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod continued;
mod error;
mod identities;
mod monitor;
mod recorder;
pub mod results;
mod saving;
pub mod shorter;
mod state;
#[cfg(test)]
mod tests;
mod training;
mod trial;
pub mod workplace;

pub use error::{Error, Result};
pub use identities::Identities;
pub use monitor::{Extent, Level, Monitor, Verdict};
pub use state::{Standing, State};
pub use trial::{Ended, Trial};
pub use workplace::{DataCache, Workplace};
