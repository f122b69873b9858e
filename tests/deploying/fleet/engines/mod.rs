//! The jobs that `runner fleet template` prints, as they are printed, on the engines that they are for.

mod cluster;
mod gnu_parallel;
mod kubernetes;
mod sharded;
mod slurm;
mod ssh;
