//! Repositories made for a purpose: real ones, in temporary folders.

mod repository;
mod second_night;

pub use repository::{RepositoryBuilder, TagKind};
pub use second_night::SecondNight;
