//! Who may do what, by the environment.

use http::{HeaderMap, HeaderValue};
use ossicle_face_http::clocks;
use ossicle_face_storage::{Problem, variables};
use ossicle_registry::ports::{Access, AccessDecision, AccessRequest};
use ossicle_registry::users::{
    Credentials, DEFAULT_REALM, Identity, KEY_BYTES, Rights, RightsDocument, Users, VerifiedCredentials, challenge,
    decide,
};
use std::cell::RefCell;

/// The users, as the lines of an htpasswd file.
const USERS: &str = "OSSICLE_USERS";

/// What they may do, as JSON of the form that a file of rights has.
const RIGHTS: &str = "OSSICLE_RIGHTS";

/// Whether whoever sends no credentials may pull from every repository.
const ANONYMOUS_PULL: &str = "OSSICLE_ANONYMOUS_PULL";

/// Decides who may do what.
#[derive(Debug)]
pub enum FaceAccess {
    /// Everybody may do everything: the environment names no users.
    Anyone,
    /// Users may do what their rights say.
    Users(Box<Guard>),
}

/// Asks for a user and a password.
#[derive(Debug)]
pub struct Guard {
    users: Users,
    rights: Rights,
    challenge: HeaderValue,
    /// Whose passwords were right, as far as this instance was asked.
    remembered: RefCell<VerifiedCredentials>,
}

/// Reads who may do what.
pub fn read() -> Result<FaceAccess, Problem> {
    let Some(text) = variables::given(USERS) else {
        for needless in [RIGHTS, ANONYMOUS_PULL] {
            if variables::given(needless).is_some() {
                let reason =
                    format!("is given, and no users are: without {USERS} whoever reaches it may do everything");
                return Err(Problem::of_variable(needless, reason));
            }
        }
        return Ok(FaceAccess::Anyone);
    };
    let users = Users::parse(&text).map_err(|error| Problem::of_variable(USERS, error.to_string()))?;
    if users.is_empty() {
        let hint = "`htpasswd -nB ada` makes one";
        return Err(Problem::of_variable(USERS, "has no user in it: nobody could use the registry").hint(hint));
    }
    let challenge = challenge(DEFAULT_REALM).map_err(|error| Problem::of_variable("the realm", error.to_string()))?;
    let mut key = [0; KEY_BYTES];
    clocks::fill_with_random(&mut key);
    let remembered = RefCell::new(VerifiedCredentials::new(key));
    Ok(FaceAccess::Users(Box::new(Guard { users, rights: rights()?, challenge, remembered })))
}

fn rights() -> Result<Rights, Problem> {
    let anonymous_pull = variables::truth(ANONYMOUS_PULL)?.unwrap_or(false);
    let Some(text) = variables::given(RIGHTS) else { return Ok(Rights::usual(anonymous_pull)) };
    if anonymous_pull {
        let reason =
            format!("is set beside {RIGHTS}, which says what may be done without credentials, in \"anonymous\"");
        return Err(Problem::of_variable(ANONYMOUS_PULL, reason));
    }
    // What it says of a value could quote it.
    let document: RightsDocument = serde_json::from_str(&text).map_err(|error| {
        let place = format!("line {} column {}", error.line(), error.column());
        let reason = format!("is not of the form {{\"users\":{{\"ada\":{{\"team/**\":[\"pull\"]}}}}}} ({place})");
        Problem::of_variable(RIGHTS, reason)
    })?;
    Rights::new(document).map_err(|error| Problem::of_variable(RIGHTS, error.to_string()))
}

impl Guard {
    /// Who sends a request; `None` if the credentials are wrong.
    fn identify(&self, headers: &HeaderMap) -> Option<Identity> {
        match Credentials::of(headers) {
            Credentials::None => Some(Identity::Anonymous),
            Credentials::Password(user, password) => self.verify(&user, &password).then_some(Identity::User(user)),
            Credentials::Unusable => None,
        }
    }

    /// Whether this is the user's password. For an unknown user it takes as long as for a known one. All requests of this
    /// instance wait for a comparison: there are no threads.
    fn verify(&self, user: &str, password: &str) -> bool {
        let now = clocks::monotonic();
        let mut remembered = self.remembered.borrow_mut();
        let mac = remembered.mac(user, password);
        if remembered.contains(mac, now) {
            return true;
        }
        let (hash, is_known) = self.users.hash_of(user);
        let is_right = hash.is_of(password) && is_known;
        if is_right {
            remembered.insert(mac, now);
        }
        is_right
    }
}

impl Access for FaceAccess {
    async fn decide(&self, headers: &HeaderMap, needed: &[AccessRequest]) -> AccessDecision {
        match self {
            Self::Anyone => AccessDecision::Granted(None),
            Self::Users(guard) => decide(guard.identify(headers), &guard.rights, needed, &guard.challenge),
        }
    }
}
