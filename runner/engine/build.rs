//! Tells the program which platform it is built for: a bundle is for one.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = std::env::var("TARGET").unwrap_or_default();
    println!("cargo::rustc-env=RUNNER_TARGET={target}");
}
