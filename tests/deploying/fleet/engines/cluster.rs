//! A Slurm that runs as long as a test, with ports, a key and folders of its own, beside any other on this machine.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use super::sharded::Sharded;
use crate::sandbox::{skipped, wait_until};

/// A task of an array, as `scontrol` shows it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Task {
    pub(super) state: String,
    pub(super) restarts: usize,
    exit: String,
}

impl Task {
    pub(super) fn new(state: &str, restarts: usize, exit: &str) -> Self {
        Self { state: state.to_owned(), restarts, exit: exit.to_owned() }
    }

    fn has_ended(&self) -> bool {
        !["PENDING", "RUNNING", "COMPLETING", "CONFIGURING"].contains(&self.state.as_str())
    }
}

/// A fleet, and a cluster of this machine alone that runs its shards.
pub(super) struct Cluster {
    pub(super) sharded: Sharded,
    daemons: Vec<Child>,
}

impl Cluster {
    /// As [`Sharded::over`].
    pub(super) fn with(wishes: &[(&str, &str)]) -> Option<Self> {
        let programs = ["munged", "slurmctld", "slurmd", "sbatch"];
        let sharded = Sharded::over("slurm", &programs, &[], wishes)?;
        if !rustix::process::geteuid().is_root() {
            skipped("Slurm starts jobs as root alone");
            return None;
        }
        let mut cluster = Self { sharded, daemons: Vec::new() };
        cluster.start();
        Some(cluster)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.sharded.fleet.sandbox.path("slurm").join(name)
    }

    fn start(&mut self) {
        self.configure();
        self.start_munge();
        self.daemon("slurmctld", &["-D"]);
        self.daemon("slurmd", &["-D"]);
        wait_until(|| self.said("sinfo", &["-h", "-o", "%T"]).starts_with("idle"));
    }

    /// One node, this machine, which runs all shards at once.
    fn configure(&self) {
        fs::create_dir_all(self.path("state")).unwrap();
        fs::create_dir_all(self.path("spool")).unwrap();
        let host = self.program("hostname").arg("-s").output().unwrap();
        let host = String::from_utf8(host.stdout).unwrap();
        let (host, folder) = (host.trim(), self.path(""));
        let [controller, node] = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let [controller, node] = [controller, node].map(|it| it.local_addr().unwrap().port());
        let folder = folder.display();
        self.sharded.fleet.sandbox.write(
            "slurm/slurm.conf",
            &format!(
                "ClusterName=fleet\nSlurmctldHost={host}(127.0.0.1)\nSlurmUser=root\n\
                 SlurmctldPort={controller}\nSlurmdPort={node}\n\
                 AuthType=auth/munge\nAuthInfo=socket={folder}munge.socket\n\
                 ProctrackType=proctrack/pgid\nTaskPlugin=task/none\n\
                 SelectType=select/cons_tres\nSelectTypeParameters=CR_Core\n\
                 StateSaveLocation={folder}state\nSlurmdSpoolDir={folder}spool\n\
                 SlurmctldPidFile={folder}slurmctld.pid\nSlurmdPidFile={folder}slurmd.pid\n\
                 ReturnToService=2\nMinJobAge=3600\n\
                 SchedulerParameters=sched_interval=2,batch_sched_delay=0\n\
                 NodeName={host} NodeAddr=127.0.0.1 CPUs=1 State=UNKNOWN\n\
                 PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP \
                 OverSubscribe=FORCE:16\n"
            ),
        );
    }

    /// By which the daemons know each other.
    fn start_munge(&mut self) {
        let key = self.path("munge.key");
        fs::write(&key, "no secret, for one test ".repeat(8)).unwrap();
        fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();
        let file = |name: &str| self.path(&format!("munge.{name}")).display().to_string();
        let named = ["key", "socket", "pid", "log", "seed"].map(file);
        let options = ["--key-file", "--socket", "--pid-file", "--log-file", "--seed-file"];
        let mut arguments = vec!["--foreground", "--force"];
        for (option, path) in options.iter().zip(&named) {
            arguments.extend([*option, path]);
        }
        self.daemon("munged", &arguments);
        wait_until(|| self.path("munge.socket").exists());
    }

    /// A program of Slurm, or one that calls it.
    fn program(&self, name: &str) -> Command {
        let mut command = self.sharded.program(name);
        command.env("SLURM_CONF", self.path("slurm.conf"));
        command
    }

    fn daemon(&mut self, name: &str, arguments: &[&str]) {
        let log = fs::File::create(self.path(&format!("{name}.out"))).unwrap();
        let mut command = self.program(name);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        self.daemons.push(command.spawn().unwrap());
    }

    /// What a program of Slurm says; nothing while its daemons are not there yet.
    pub(super) fn said(&self, program: &str, arguments: &[&str]) -> String {
        let output = self.program(program).args(arguments).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    /// Submits the job as a person does, with `limit` in minutes if there is one, and gives the number of its array.
    pub(super) fn submit(&self, shards: &[&str], limit: Option<&str>) -> String {
        let mut command = self.program("bash");
        command.arg("fleet.sh").args(shards);
        if let Some(limit) = limit {
            command.env("SBATCH_TIMELIMIT", limit);
        }
        let outcome = self.sharded.fleet.sandbox.outcome(&command.output().unwrap()).succeeded();
        outcome.stdout.trim().to_owned()
    }

    /// The tasks of an array, by their numbers.
    pub(super) fn tasks(&self, array: &str) -> BTreeMap<String, Task> {
        let text = self.said("scontrol", &["--oneliner", "show", "job", array]);
        let task = |line: &str| {
            let fields: BTreeMap<_, _> =
                line.split(' ').filter_map(|field| field.split_once('=')).collect();
            let task = Task {
                state: fields["JobState"].to_owned(),
                restarts: fields["Restarts"].parse().unwrap(),
                exit: fields["ExitCode"].to_owned(),
            };
            (fields["ArrayTaskId"].to_owned(), task)
        };
        text.lines().filter(|line| line.contains("ArrayTaskId=")).map(task).collect()
    }

    /// Waits until all tasks of an array have ended.
    pub(super) fn ended(&self, array: &str) -> BTreeMap<String, Task> {
        wait_until(|| {
            let tasks = self.tasks(array);
            !tasks.is_empty() && tasks.values().all(Task::has_ended)
        });
        self.tasks(array)
    }

    /// Waits until a task is back in the queue for that time, and lets it begin at once: Slurm itself lets two minutes
    /// pass. It refuses the node a job that begins again in the second in which it ended.
    pub(super) fn put_back(&self, array: &str, task: &str, restarts: usize) {
        wait_until(|| {
            let tasks = self.tasks(array);
            tasks.get(task).is_some_and(|task| task.state == "PENDING" && task.restarts == restarts)
        });
        let job = format!("JobId={array}_{task}");
        self.said("scontrol", &["update", &job, "StartTime=now+3"]);
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.said("scancel", &["--user=root"]);
        // The daemons end its jobs, so they go last; where they cannot, a test must end all the same.
        for _ in 0..100 {
            if self.said("squeue", &["-h"]).is_empty() {
                break;
            }
            thread::sleep(Duration::from_millis(100));
        }
        for daemon in self.daemons.iter_mut().rev() {
            let _ = daemon.kill();
            let _ = daemon.wait();
        }
    }
}
