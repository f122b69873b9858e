//! Rust code in the layout that rustfmt gives it, but for rare line breaks in very long expressions.

/// The widest line.
const LINE: usize = 100;
/// The widest list of arguments or elements, and the widest chain of methods, on one line.
const GROUP: usize = 60;
/// The widest element of a list that is filled line by line.
const SHORT: usize = 10;
/// What an inner block is moved to the right by.
const STEP: usize = 4;

/// An expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Code {
    /// A literal or a path.
    Word(String),
    /// `[a, b]`.
    List(Vec<Code>),
    /// `a(b)`.
    Call(Call),
    /// `a.b(c).d(e)`: what comes first, then the methods.
    Chain(Box<Code>, Vec<Call>),
}

/// `name(a, b)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    name: String,
    arguments: Vec<Code>,
}

/// The literal of a text.
pub(super) fn text(text: &str) -> Code {
    Code::Word(format!("{text:?}"))
}

/// A call of the function or method `name`.
pub(super) fn call(name: &str, arguments: impl IntoIterator<Item = Code>) -> Call {
    Call { name: name.to_owned(), arguments: arguments.into_iter().collect() }
}

impl From<Call> for Code {
    fn from(call: Call) -> Self {
        Self::Call(call)
    }
}

impl Code {
    /// With one more method called on it.
    pub(super) fn then(self, call: Call) -> Self {
        match self {
            Self::Chain(first, mut methods) => {
                methods.push(call);
                Self::Chain(first, methods)
            }
            first => Self::Chain(Box::new(first), vec![call]),
        }
    }

    /// The text, to stand `indent` columns from the left with `after` characters behind it. The first
    /// line is not indented.
    pub(super) fn layout(&self, indent: usize, after: usize) -> String {
        match self {
            Self::Word(word) => word.clone(),
            Self::List(elements) => list(elements, indent, after),
            Self::Call(call) => call.layout(indent, 0, after),
            Self::Chain(first, methods) => chain(first, methods, indent, after),
        }
    }

    /// Whether it may stand on one line that is long enough.
    fn is_simple(&self) -> bool {
        let narrow = || width(&self.one_line()) <= GROUP;
        match self {
            Self::Word(_) => true,
            Self::List(elements) => {
                width(&joined(elements)) <= GROUP && elements.iter().all(Self::is_simple)
            }
            Self::Call(call) => call.is_simple(),
            Self::Chain(first, methods) => {
                (methods.len() == 1 || narrow())
                    && first.is_simple()
                    && methods.iter().all(Call::is_simple)
            }
        }
    }

    fn one_line(&self) -> String {
        match self {
            Self::Word(word) => word.clone(),
            Self::List(elements) => format!("[{}]", joined(elements)),
            Self::Call(call) => call.one_line(),
            Self::Chain(first, methods) => {
                let mut line = first.one_line();
                for method in methods {
                    line += &format!(".{}", method.one_line());
                }
                line
            }
        }
    }
}

impl Call {
    /// `name` as a function of `owner`.
    pub(super) fn of(mut self, owner: &str) -> Self {
        self.name = format!("{owner}::{}", self.name);
        self
    }

    fn one_line(&self) -> String {
        format!("{}({})", self.name, joined(&self.arguments))
    }

    /// As [`Code::is_simple`]. A single argument may be of any width.
    fn is_simple(&self) -> bool {
        let narrow = self.arguments.len() < 2 || width(&joined(&self.arguments)) <= GROUP;
        narrow && self.arguments.iter().all(Code::is_simple)
    }

    /// As [`Code::layout`], with `before` characters of the line in front.
    fn layout(&self, indent: usize, before: usize, after: usize) -> String {
        let line = self.one_line();
        if self.is_simple() && indent + before + width(&line) + after <= LINE {
            return line;
        }
        match self.arguments.as_slice() {
            [] => line,
            [list @ Code::List(_)] => format!("{}({})", self.name, list.layout(indent, after + 1)),
            // A chain whose last brackets hold one line stands in those of the call.
            [chain @ Code::Chain(_, _)]
                if opens(&chain.layout(indent + STEP, 1))
                    && hugs(&chain.layout(indent, after + 1)) =>
            {
                format!("{}({})", self.name, chain.layout(indent, after + 1))
            }
            arguments => format!("{}({})", self.name, block(arguments, indent)),
        }
    }
}

/// A chain stands on one line, or its last method goes over several behind the rest, or each method
/// has its line; which, is chosen as rustfmt does.
fn chain(first: &Code, methods: &[Call], indent: usize, after: usize) -> String {
    let Some((last, others)) = methods.split_last() else {
        return first.layout(indent, after);
    };
    let mut lines = first.layout(indent, 0);
    // Below a closing bracket the methods stand no deeper than it.
    let inner = if lines.contains('\n') { indent } else { indent + STEP };
    let others: Vec<String> =
        others.iter().map(|method| format!(".{}", method.layout(inner, 1, 0))).collect();
    let below = format!(".{}", last.layout(inner, 1, after));

    let before = format!("{lines}{}", others.concat());
    if !before.contains('\n') {
        let room = LINE.saturating_sub(indent + after);
        let room = if others.is_empty() { room } else { room.min(GROUP) };
        let behind = format!(".{}", last.layout(indent, width(&before) + 1, after));
        let count = behind.lines().count();
        let fits = width(&before) + width(behind.lines().next().unwrap_or_default()) <= room;
        if fits && (count >= 5 || below.lines().count() >= count) {
            return before + &behind;
        }
    }
    for method in others.into_iter().chain([below]) {
        lines += &format!("\n{:inner$}{method}", "");
    }
    lines
}

fn list(elements: &[Code], indent: usize, after: usize) -> String {
    let line = joined(elements);
    if width(&line) <= GROUP && indent + width(&line) + 2 + after <= LINE {
        return format!("[{line}]");
    }
    let inner = indent + STEP;
    if elements.iter().any(|element| width(&element.one_line()) > SHORT) {
        return format!("[{}]", block(elements, indent));
    }
    let mut lines = String::new();
    let mut column = LINE;
    for element in elements {
        let element = element.one_line();
        if column + width(&element) + 2 > LINE {
            lines += &format!("\n{:inner$}{element},", "");
            column = inner + width(&element) + 1;
        } else {
            lines += &format!(" {element},");
            column += width(&element) + 2;
        }
    }
    format!("[{lines}\n{:indent$}]", "")
}

/// One to a line, between two line ends.
fn block(codes: &[Code], indent: usize) -> String {
    let inner = indent + STEP;
    let mut lines = String::new();
    for code in codes {
        lines += &format!("\n{:inner$}{},", "", code.layout(inner, 1));
    }
    format!("{lines}\n{:indent$}", "")
}

/// Whether the first line ends in an open bracket.
fn opens(text: &str) -> bool {
    text.lines().next().is_some_and(|line| line.ends_with('('))
}

/// Whether the text is a line in brackets that do not begin a line.
fn hugs(text: &str) -> bool {
    text.lines().count() == 3 && opens(text)
}

fn joined(codes: &[Code]) -> String {
    codes.iter().map(Code::one_line).collect::<Vec<_>>().join(", ")
}

fn width(text: &str) -> usize {
    text.chars().count()
}
