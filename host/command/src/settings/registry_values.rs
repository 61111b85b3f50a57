//! The values of a registry's configuration, by their places.

use super::problem::Problem;
use std::collections::BTreeMap;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::time::Duration;
use zeroize::Zeroizing;

/// A value and where it came from.
pub struct Given {
    pub text: Zeroizing<String>,
    pub origin: String,
}

/// The values by their places; what was read is taken out.
pub struct Values(pub BTreeMap<String, Vec<Given>>);

pub fn refused(place: &str, origin: &str, why: &str) -> Problem {
    Problem::new(format!("{place}, set by {origin}, can't be heeded: {why}"))
}

/// An address to listen on, as Go's: without a host it is every address of this machine.
pub fn listen_address(text: &str) -> Result<SocketAddr, String> {
    let whole = if text.starts_with(':') { format!("[::]{text}") } else { text.to_owned() };
    let addresses = whole.to_socket_addrs().map(|mut addresses| addresses.next());
    let why = match addresses {
        Ok(Some(address)) => return Ok(address),
        Ok(None) => "the host has no address".to_owned(),
        Err(error) => error.to_string(),
    };
    Err(format!("it must be like 127.0.0.1:5000, localhost:5000, or :5000 for every address of this machine ({why})"))
}

impl Values {
    /// A single value, and where it came from.
    pub fn take(&mut self, place: &str) -> Result<Option<(Zeroizing<String>, String)>, Problem> {
        let Some(mut given) = self.0.remove(place) else { return Ok(None) };
        if given.len() > 1 {
            return Err(Problem::new(format!("the registry's config: {place} is given twice")));
        }
        Ok(given.pop().map(|given| (given.text, given.origin)))
    }

    /// A text that is not empty.
    pub fn text(&mut self, place: &str) -> Result<Option<String>, Problem> {
        Ok(self.take(place)?.map(|(text, _)| text.to_string()).filter(|text| !text.is_empty()))
    }

    pub fn path(&mut self, place: &str) -> Result<Option<PathBuf>, Problem> {
        Ok(self.text(place)?.map(PathBuf::from))
    }

    pub fn truth(&mut self, place: &str) -> Result<Option<bool>, Problem> {
        let Some((text, origin)) = self.take(place)? else { return Ok(None) };
        match text.to_ascii_lowercase().as_str() {
            "" => Ok(None),
            "true" | "yes" | "on" | "1" => Ok(Some(true)),
            "false" | "no" | "off" | "0" => Ok(Some(false)),
            _ => Err(refused(place, &origin, "it must be true or false")),
        }
    }

    pub fn duration(&mut self, place: &str) -> Result<Option<Duration>, Problem> {
        let Some((text, origin)) = self.take(place)? else { return Ok(None) };
        if text.is_empty() {
            return Ok(None);
        }
        let refused = || refused(place, &origin, "it must be a span of time such as 168h or 1h30m");
        go_duration(&text).map(Some).ok_or_else(refused)
    }

    pub fn address(&mut self, place: &str) -> Result<Option<SocketAddr>, Problem> {
        let Some((text, origin)) = self.take(place)? else { return Ok(None) };
        if text.is_empty() {
            return Ok(None);
        }
        listen_address(&text).map(Some).map_err(|why| refused(place, &origin, &why))
    }

    /// All values of a list, in their order.
    pub fn list(&mut self, place: &str) -> Result<Vec<String>, Problem> {
        let mut found = Vec::new();
        while let Some((text, _)) = self.take(&format!("{place}.{}", found.len()))? {
            found.push(text.to_string());
        }
        Ok(found)
    }

    pub fn number(&mut self, place: &str) -> Result<Option<u32>, Problem> {
        let Some((text, origin)) = self.take(place)? else { return Ok(None) };
        text.parse().map(Some).map_err(|_| refused(place, &origin, "it must be a number"))
    }

    /// The names below a place.
    pub fn names_below(&self, place: &str) -> Vec<String> {
        let prefix = format!("{place}.");
        let mut names: Vec<String> = Vec::new();
        for name in self.0.keys().filter_map(|key| key.strip_prefix(&prefix)?.split('.').next()) {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        names
    }
}

/// A span of time as Go writes it: `1h30m`.
fn go_duration(text: &str) -> Option<Duration> {
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, behind) = rest.split_at_checked(digits)?;
        let units = behind.len() - behind.trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
        let (unit, behind) = behind.split_at_checked(units)?;
        let number: u64 = number.parse().ok()?;
        let seconds = |each: u64| number.checked_mul(each).map(Duration::from_secs);
        total = total.checked_add(match unit {
            "h" => seconds(3600)?,
            "m" => seconds(60)?,
            "s" => seconds(1)?,
            "ms" => Duration::from_millis(number),
            _ => return None,
        })?;
        rest = behind;
    }
    (!text.is_empty()).then_some(total)
}
