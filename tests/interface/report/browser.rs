//! A page in a real browser: Chromium without a window, which is told what to do through a pipe, by its DevTools
//! protocol (<https://chromedevtools.github.io/devtools-protocol/>).

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::{env, fs, thread};

use serde_json::{Value, json};

use crate::sandbox::{Sandbox, patience, skipped};

const NAMES: [&str; 5] =
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

/// A page that is shown.
pub(super) struct Page {
    browser: Child,
    commands: ChildStdin,
    answers: Receiver<Value>,
    session: String,
    sent: u64,
    /// What the browser told without being asked.
    events: Vec<Value>,
}

/// How the page is looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) is_dark: bool,
}

impl Look {
    pub(super) const WIDE: Self = Self { width: 1400, height: 1000, is_dark: false };
}

/// The browser of this machine. Where there is none, that is said, and the test is not run; `.ci/long` demands one.
pub(super) fn browser() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut places = env::split_paths(&path).flat_map(|folder| NAMES.map(|name| folder.join(name)));
    let found = places.find(|place| place.is_file());
    if found.is_none() {
        let is_demanded = env::var_os("RUNNER_TEST_BROWSER").is_some_and(|value| value == "1");
        assert!(!is_demanded, "no Chromium is in PATH");
        skipped("no Chromium is in PATH: nobody has looked at the page in a browser");
    }
    found
}

impl Page {
    /// Shows `file`. The browser keeps what it keeps in the sandbox.
    pub(super) fn show(browser: &Path, file: &Path, look: Look, sandbox: &Sandbox) -> Self {
        // The browser reads commands from descriptor 3, and answers on 4.
        let mut child = Command::new("sh")
            .args(["-c", "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1"])
            .arg(browser)
            .args(["--headless=new", "--remote-debugging-pipe", "--no-first-run", "--disable-gpu"])
            // Whoever is root has no sandbox there, and the page is our own.
            .args(["--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars"])
            .arg(format!("--user-data-dir={}", sandbox.path("browser").display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let commands = child.stdin.take().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let (sender, answers) = channel();
        thread::spawn(move || {
            let mut message = Vec::new();
            while output.read_until(0, &mut message).is_ok_and(|length| length > 0) {
                message.pop();
                let Ok(value) = serde_json::from_slice(&message) else { break };
                if sender.send(value).is_err() {
                    break;
                }
                message.clear();
            }
        });
        let session = String::new();
        let mut page =
            Self { browser: child, commands, answers, session, sent: 0, events: Vec::new() };
        page.open(file, look);
        page
    }

    fn open(&mut self, file: &Path, look: Look) {
        let target = self.ask("Target.createTarget", json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let attached = self.ask("Target.attachToTarget", attach);
        self.session = attached["sessionId"].as_str().unwrap().to_owned();
        for domain in ["Page", "Runtime", "Log", "Network"] {
            self.ask(&format!("{domain}.enable"), json!({}));
        }
        self.look(look);
        self.ask("Page.navigate", json!({ "url": format!("file://{}", file.display()) }));
        while !self.has_event("Page.loadEventFired") {
            self.listen();
        }
    }

    /// Looks at it in this way from now on.
    pub(super) fn look(&mut self, Look { width, height, is_dark }: Look) {
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.ask("Emulation.setDeviceMetricsOverride", size);
        let scheme = if is_dark { "dark" } else { "light" };
        let feature = json!({ "name": "prefers-color-scheme", "value": scheme });
        self.ask("Emulation.setEmulatedMedia", json!({ "features": [feature] }));
    }

    /// Asks the browser to do something, and waits until it is done.
    pub(super) fn ask(&mut self, method: &str, parameters: impl Into<Value>) -> Value {
        self.sent += 1;
        let number = self.sent;
        let mut message = json!({ "id": number, "method": method, "params": parameters.into() });
        if !self.session.is_empty() {
            message["sessionId"] = json!(self.session);
        }
        self.commands.write_all(format!("{message}\0").as_bytes()).unwrap();
        loop {
            let answer = self.answers.recv_timeout(patience()).unwrap();
            if answer["id"] == json!(number) {
                assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
                return answer["result"].clone();
            }
            self.events.push(answer);
        }
    }

    fn listen(&mut self) {
        let event = self.answers.recv_timeout(patience()).unwrap();
        self.events.push(event);
    }

    fn has_event(&self, method: &str) -> bool {
        self.events.iter().any(|event| event["method"] == method)
    }

    /// What an expression of the script comes to.
    pub(super) fn value(&mut self, expression: &str) -> Value {
        let asked =
            json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let answer = self.ask("Runtime.evaluate", asked);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {answer:#}");
        answer["result"]["value"].clone()
    }

    /// The texts of all elements that a selector of CSS means.
    pub(super) fn texts(&mut self, selector: &str) -> Vec<String> {
        let list = format!(
            "[...document.querySelectorAll({})].map((it) => it.textContent)",
            json!(selector)
        );
        serde_json::from_value(self.value(&list)).unwrap()
    }

    /// How many elements a selector means.
    pub(super) fn count(&mut self, selector: &str) -> u64 {
        let count = format!("document.querySelectorAll({}).length", json!(selector));
        self.value(&count).as_u64().unwrap()
    }

    /// Puts the keyboard's focus there.
    pub(super) fn focus(&mut self, selector: &str) {
        self.value(&format!("document.querySelector({}).focus()", json!(selector)));
    }

    /// Presses a key, as a person does: `ArrowLeft`, `f`.
    pub(super) fn press(&mut self, key: &str) {
        let is_letter = key.chars().count() == 1;
        let codes = [
            ("Enter", 13),
            ("Escape", 27),
            ("PageUp", 33),
            ("PageDown", 34),
            ("End", 35),
            ("Home", 36),
            ("ArrowLeft", 37),
            ("ArrowUp", 38),
            ("ArrowRight", 39),
            ("ArrowDown", 40),
        ];
        let code = codes.iter().find(|(name, _)| *name == key).map_or(0, |(_, code)| *code);
        let mut event = json!({ "type": "keyDown", "key": key, "windowsVirtualKeyCode": code });
        if is_letter {
            event["text"] = json!(key);
        } else {
            event["code"] = json!(key);
        }
        self.ask("Input.dispatchKeyEvent", event.clone());
        event["type"] = json!("keyUp");
        self.ask("Input.dispatchKeyEvent", event);
    }

    /// Types a text where the focus is.
    pub(super) fn write(&mut self, text: &str) {
        self.ask("Input.insertText", json!({ "text": text }));
    }

    /// Clicks into the middle of an element.
    pub(super) fn click(&mut self, selector: &str) {
        let middle = self.value(&format!(
            "(() => {{ const it = document.querySelector({}); it.scrollIntoView({{ block: 'center' }}); \
             const box = it.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; }})()",
            json!(selector)
        ));
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({ "type": kind, "x": middle[0], "y": middle[1], "button": "left", "clickCount": 1 });
            self.ask("Input.dispatchMouseEvent", event);
        }
    }

    /// What is wrong with it: errors of the script, violations of its policy, things that it fetched.
    pub(super) fn complaints(&mut self) -> Vec<String> {
        // What the browser has to tell by now comes before the answer.
        self.value("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))");
        let told = self.events.iter().filter_map(|event| {
            let parameters = &event["params"];
            let is_bad = match event["method"].as_str()? {
                "Runtime.exceptionThrown" | "Runtime.consoleAPICalled" | "Log.entryAdded" => true,
                "Network.requestWillBeSent" => {
                    let url = parameters["request"]["url"].as_str().unwrap_or_default();
                    let is_page = parameters["type"] == "Document" && url.starts_with("file:");
                    !is_page && !url.starts_with("data:")
                }
                _ => false,
            };
            is_bad.then(|| event.to_string())
        });
        told.collect()
    }

    /// A picture of all of it, where `RUNNER_TEST_PICTURES` names a folder: for people.
    pub(super) fn picture(&mut self, name: &str) {
        let Some(folder) = env::var_os("RUNNER_TEST_PICTURES") else { return };
        let size = self.ask("Page.getLayoutMetrics", json!({}))["cssContentSize"].clone();
        let mut asked = json!({ "format": "png", "captureBeyondViewport": true, "clip": size });
        asked["clip"]["scale"] = json!(1);
        let answer = self.ask("Page.captureScreenshot", asked);
        self.keep(&Path::new(&folder).join(format!("{name}.png")), &answer["data"]);
    }

    /// The page as it is printed.
    pub(super) fn printed(&mut self, name: &str) -> usize {
        let answer = self.ask("Page.printToPDF", json!({ "printBackground": true }));
        if let Some(folder) = env::var_os("RUNNER_TEST_PICTURES") {
            self.keep(&Path::new(&folder).join(format!("{name}.pdf")), &answer["data"]);
        }
        answer["data"].as_str().unwrap().len()
    }

    fn keep(&self, place: &Path, base64: &Value) {
        use ct_codecs::{Base64, Decoder as _};
        fs::write(place, Base64::decode_to_vec(base64.as_str().unwrap(), None).unwrap()).unwrap();
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        // It ends with its pipe.
        let _ = self.commands.write_all(b"{\"id\":0,\"method\":\"Browser.close\"}\0");
        let _ = self.browser.wait();
    }
}
