//! Hash states against those that Go 1.19 wrote: `tests/vectors/go-hash-states.txt` has, for each algorithm and number of
//! bytes, the state after the bytes 0, 1, … 250, 0, 1, ….

use super::Hasher;
use crate::digest::Algorithm;

const VECTORS: &str = include_str!("../../tests/vectors/go-hash-states.txt");

fn content(length: usize) -> Vec<u8> {
    (0..length).map(|place| (place % 251) as u8).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    text.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn vectors() -> impl Iterator<Item = (Algorithm, usize, Vec<u8>)> {
    VECTORS.lines().map(|line| {
        let mut fields = line.split(' ');
        let mut next = || fields.next().unwrap();
        (Algorithm::parse(next()).unwrap(), next().parse().unwrap(), unhex(next()))
    })
}

#[test]
fn states_are_written_and_read_as_go_does() {
    let mut seen = 0;
    for (algorithm, length, state) in vectors() {
        let mut hasher = Hasher::new(algorithm);
        hasher.update(&content(length));
        assert_eq!(hasher.to_go_state(), state, "{algorithm:?} after {length}");

        let whole = content(length + 300);
        let mut resumed = Hasher::from_go_state(algorithm, &state, length as u64).unwrap();
        resumed.update(&whole[length..]);
        assert_eq!(resumed.digest(), super::digest_of(algorithm, &whole), "{algorithm:?} after {length}");
        seen += 1;
    }
    assert_eq!(seen, 16);
}

#[test]
fn states_of_another_offset_algorithm_or_length_are_refused() {
    for (algorithm, length, state) in vectors() {
        let other = if algorithm == Algorithm::Sha256 { Algorithm::Sha512 } else { Algorithm::Sha256 };
        assert!(Hasher::from_go_state(algorithm, &state, length as u64 + 1).is_none());
        assert!(Hasher::from_go_state(other, &state, length as u64).is_none());
        assert!(Hasher::from_go_state(algorithm, &state[1..], length as u64).is_none());
        assert!(Hasher::from_go_state(algorithm, &state[..state.len() - 1], length as u64).is_none());
        assert!(Hasher::from_go_state(algorithm, &[], length as u64).is_none());
    }
}
