//! Arguments as places and options. (A parser of the native command's size would be half as large as the component.)

use crate::Usage;
use ossicle_terms::foreign::quoted;

/// An option of a verb.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// Behind `--`.
    pub name: &'static str,
    /// Behind `-`.
    pub letter: Option<char>,
    /// Whether a value belongs to it.
    pub has_value: bool,
}

/// An option that is there or not.
pub const fn flag(name: &'static str, letter: Option<char>) -> Known {
    Known { name, letter, has_value: false }
}

/// An option with a value.
pub const fn value(name: &'static str) -> Known {
    Known { name, letter: None, has_value: true }
}

/// What follows a verb.
#[derive(Debug, Default)]
pub struct Words {
    places: std::collections::VecDeque<String>,
    options: Vec<(&'static str, String)>,
}

impl Words {
    /// Reads what follows a verb that has these options.
    pub fn read(arguments: &[String], known: &[Known]) -> Result<Self, Usage> {
        let mut words = Self::default();
        let mut rest = arguments.iter();
        while let Some(word) = rest.next() {
            if word == "--" {
                words.places.extend(rest.by_ref().cloned());
            } else if let Some(long) = word.strip_prefix("--") {
                let (name, given) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
                let option = known.iter().find(|option| option.name == name).ok_or_else(|| unknown(word))?;
                let value = match (option.has_value, given) {
                    (false, None) => String::new(),
                    (false, Some(_)) => return Err(Usage(format!("--{name} takes no value"))),
                    (true, Some(value)) => value.to_owned(),
                    (true, None) => rest.next().cloned().ok_or_else(|| Usage(format!("--{name} needs a value")))?,
                };
                words.put(option.name, value)?;
            } else if let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) {
                for letter in letters.chars() {
                    let option = known.iter().find(|option| option.letter == Some(letter));
                    words.put(option.ok_or_else(|| unknown(word))?.name, String::new())?;
                }
            } else {
                words.places.push_back(word.clone());
            }
        }
        Ok(words)
    }

    fn put(&mut self, name: &'static str, value: String) -> Result<(), Usage> {
        if self.has(name) {
            return Err(Usage(format!("--{name} is given twice")));
        }
        self.options.push((name, value));
        Ok(())
    }

    /// Whether an option is given.
    pub fn has(&self, name: &str) -> bool {
        self.options.iter().any(|(known, _)| *known == name)
    }

    /// The value of an option, by `read`, which says what it must be.
    pub fn value<T>(&self, name: &str, read: impl Fn(&str) -> Result<T, String>) -> Result<Option<T>, Usage> {
        let value = self.options.iter().find(|(known, _)| *known == name);
        value.map(|(_, text)| read(text)).transpose().map_err(|must| Usage(format!("--{name} {must}")))
    }

    /// The next place; `what` it would be, where there is none.
    pub fn place(&mut self, what: &str) -> Result<String, Usage> {
        self.places.pop_front().ok_or_else(|| Usage(format!("{what} is missing")))
    }

    /// The next place, or this.
    pub fn place_or(&mut self, default: &str) -> String {
        self.places.pop_front().unwrap_or_else(|| default.to_owned())
    }

    /// Refuses what is left.
    pub fn end(self) -> Result<(), Usage> {
        match self.places.front() {
            Some(word) => Err(Usage(format!("{} is too much", quoted(word)))),
            None => Ok(()),
        }
    }
}

fn unknown(word: &str) -> Usage {
    Usage(format!("there is no option {}", quoted(word)))
}
