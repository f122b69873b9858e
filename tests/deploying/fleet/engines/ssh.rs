//! A server of ssh that runs as long as a test, reached from this machine under two names.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use super::sharded::Sharded;
use crate::sandbox::{skipped, wait_until};

const SERVER: &str = "/usr/sbin/sshd";

pub(super) struct Ssh(Child);

impl Ssh {
    /// Serves the folder of the fleet; `ssh/config` there knows the names `one` and `two`.
    pub(super) fn of(sharded: &Sharded) -> Option<Self> {
        if !fs::exists(SERVER).unwrap() {
            skipped(&format!("`{SERVER}` is not installed"));
            return None;
        }
        let sandbox = &sharded.fleet.sandbox;
        let folder = sandbox.path("ssh");
        fs::create_dir(&folder).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        for key in ["server", "login"] {
            let mut make = Command::new("ssh-keygen");
            let key = folder.join(key);
            make.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(key);
            assert!(make.status().unwrap().success());
        }
        let folder = folder.display();
        sandbox.write(
            "ssh/server.conf",
            &format!(
                "Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/server\n\
                 AuthorizedKeysFile {folder}/login.pub\nStrictModes no\nPidFile none\n\
                 PermitRootLogin yes\nPasswordAuthentication no\nAcceptEnv FLEET_GATE\n"
            ),
        );
        sandbox.write(
            "ssh/config",
            &format!(
                "Host one two\n  HostName 127.0.0.1\n  Port {port}\n  IdentityFile {folder}/login\n  \
                 StrictHostKeyChecking no\n  UserKnownHostsFile {folder}/known\n  LogLevel ERROR\n"
            ),
        );
        // Where it is not the system's own service, nobody has made the folder in which it locks itself up.
        let _ = fs::create_dir("/run/sshd");
        let mut server = Command::new(SERVER);
        server.args(["-D", "-f"]).arg(sandbox.path("ssh/server.conf")).stderr(Stdio::null());
        let server = Self(server.spawn().unwrap());
        wait_until(|| TcpStream::connect(("127.0.0.1", port)).is_ok());
        Some(server)
    }
}

impl Drop for Ssh {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
