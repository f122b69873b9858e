//! `runner rehearse`, and `runner migrate --as-rehearsed`.

mod as_rehearsed;
mod found;
mod only_read;
mod refused;
mod scene;
