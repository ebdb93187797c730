//! A PKCS#11 token with a user logged in: finds its wrapping key, wraps and unwraps with it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error as Cryptoki, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::aead::GcmParams;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;
use zeroize::Zeroizing;

use crate::root::passphrase::Passphrase;
use crate::secret::KEY_LEN;

/// A token that is open for this process alone; closed and the library let go when dropped.
pub(super) struct Token {
    // Dropped in this order: a session that outlived its library could not be closed.
    session: Session,
    _library: Library,
    _alone: MutexGuard<'static, ()>,
}

impl Token {
    /// Logs in to the only token of that label.
    pub(super) fn open(module: &Path, label: &str, pin: &Passphrase) -> Result<Self, Pkcs11Error> {
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let library = Library::load(module)?;
        let slot = library.slot(label)?;
        // One that may write, since `wrap` may have to make the key.
        let session = library.0.open_rw_session(slot).map_err(answered("open a session"))?;
        // EXPOSE: the PIN goes to the token.
        let pin = AuthPin::from(pin.expose().to_owned());
        session.login(UserType::User, Some(&pin)).map_err(|error| {
            if says(&error, &[RvError::PinIncorrect, RvError::PinInvalid, RvError::PinLenRange]) {
                Pkcs11Error::Pin(label.to_owned())
            } else if says(&error, &[RvError::PinLocked]) {
                Pkcs11Error::Locked(label.to_owned())
            } else {
                answered("log in")(error)
            }
        })?;
        Ok(Self { session, _library: library, _alone: alone })
    }

    /// Seals a secret under the key of that label; makes the key first if there is none.
    pub(super) fn wrap(&self, key: &str, nonce: &[u8], binding: &[u8], secret: &[u8]) -> Result<Vec<u8>, Pkcs11Error> {
        let handle = match self.find(key)? {
            Some(handle) => handle,
            None => self.generate(key)?,
        };
        self.expect_kept(handle, key)?;
        let mut nonce = nonce.to_vec();
        let gcm = GcmParams::new(&mut nonce, binding, TAG_BITS.into()).map_err(answered("wrap"))?;
        self.session.encrypt(&Mechanism::AesGcm(gcm), handle, secret).map_err(answered("wrap"))
    }

    /// Opens what [`Token::wrap`] sealed.
    pub(super) fn unwrap(
        &self,
        key: &str,
        nonce: &[u8],
        binding: &[u8],
        wrapped: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Pkcs11Error> {
        let handle = self.find(key)?.ok_or_else(|| Pkcs11Error::NoKey(key.to_owned()))?;
        let mut nonce = nonce.to_vec();
        let gcm = GcmParams::new(&mut nonce, binding, TAG_BITS.into()).map_err(answered("unwrap"))?;
        let opened = self.session.decrypt(&Mechanism::AesGcm(gcm), handle, wrapped);
        opened.map(Zeroizing::new).map_err(|error| {
            // What does not open is called by any of these, by the makers' choice.
            if says(&error, &[RvError::EncryptedDataInvalid, RvError::EncryptedDataLenRange, RvError::GeneralError]) {
                Pkcs11Error::NotUnwrapped(key.to_owned())
            } else {
                answered("unwrap")(error)
            }
        })
    }

    /// Destroys the key of that label, and sees that it is gone.
    pub(super) fn destroy(&self, key: &str) -> Result<(), Pkcs11Error> {
        let handle = self.find(key)?.ok_or_else(|| Pkcs11Error::NoKey(key.to_owned()))?;
        // One that may leave the token may have left it.
        self.expect_kept(handle, key)?;
        self.session.destroy_object(handle).map_err(answered("destroy the key"))?;
        match self.find(key)? {
            None => Ok(()),
            Some(_) => Err(Pkcs11Error::NotDestroyed(key.to_owned())),
        }
    }

    fn find(&self, key: &str) -> Result<Option<ObjectHandle>, Pkcs11Error> {
        let wanted = [
            Attribute::Token(true),
            Attribute::Class(ObjectClass::SECRET_KEY),
            Attribute::KeyType(KeyType::AES),
            Attribute::Label(key.as_bytes().to_vec()),
        ];
        let found = self.session.find_objects(&wanted).map_err(answered("look for the key"))?;
        match found.as_slice() {
            [] => Ok(None),
            [handle] => Ok(Some(*handle)),
            [..] => Err(Pkcs11Error::ManyKeys(key.to_owned())),
        }
    }

    fn generate(&self, key: &str) -> Result<ObjectHandle, Pkcs11Error> {
        let template = [
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Encrypt(true),
            Attribute::Decrypt(true),
            Attribute::Label(key.as_bytes().to_vec()),
            Attribute::ValueLen((KEY_LEN as u64).into()),
        ];
        self.session.generate_key(&Mechanism::AesKeyGen, &template).map_err(answered("make the key"))
    }

    /// Refuses a key that the token would hand out, and one of fewer than 256 bits.
    fn expect_kept(&self, handle: ObjectHandle, key: &str) -> Result<(), Pkcs11Error> {
        let asked = [AttributeType::Sensitive, AttributeType::Extractable, AttributeType::ValueLen];
        let told = self.session.get_attributes(handle, &asked).map_err(answered("look at the key"))?;
        let kept = told.contains(&Attribute::Sensitive(true))
            && told.contains(&Attribute::Extractable(false))
            && told.contains(&Attribute::ValueLen((KEY_LEN as u64).into()));
        if kept { Ok(()) } else { Err(Pkcs11Error::NotKept(key.to_owned())) }
    }
}

/// A PKCS#11 library in this process, initialised.
struct Library(Pkcs11);

impl Library {
    fn load(module: &Path) -> Result<Self, Pkcs11Error> {
        let unusable = |source| Pkcs11Error::Module { module: module.to_owned(), source: TokenAnswer(source) };
        let library = Pkcs11::new(module).map_err(unusable)?;
        library.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)).map_err(unusable)?;
        Ok(Self(library))
    }

    /// The only slot whose token has that label.
    fn slot(&self, label: &str) -> Result<Slot, Pkcs11Error> {
        let slots = self.0.get_slots_with_initialized_token().map_err(answered("list the tokens"))?;
        let mut found = None;
        for slot in slots {
            let token = self.0.get_token_info(slot).map_err(answered("list the tokens"))?;
            if token.label() == label && found.replace(slot).is_some() {
                return Err(Pkcs11Error::ManyTokens(label.to_owned()));
            }
        }
        found.ok_or_else(|| Pkcs11Error::NoToken(label.to_owned()))
    }
}

impl Drop for Library {
    fn drop(&mut self) {
        // Nothing is lost with a library that does not let go.
        let _ = self.0.clone().finalize();
    }
}

/// Why an HSM did not wrap or unwrap a root key.
#[derive(Debug, thiserror::Error)]
pub enum Pkcs11Error {
    /// Labels that no token or key can have.
    #[error("a token's label has 1 to 32 bytes, a key's 1 to 255, without spaces around or control characters")]
    Label,
    /// The library does not load.
    #[error("the PKCS#11 module `{}` cannot be used", module.display())]
    Module {
        /// The library's path.
        module: PathBuf,
        /// What it said.
        #[source]
        source: TokenAnswer,
    },
    /// No token has that label.
    #[error("the PKCS#11 module knows no token `{0}`")]
    NoToken(String),
    /// Several have it.
    #[error("the PKCS#11 module knows several tokens `{0}`; give each its own label")]
    ManyTokens(String),
    /// The PIN is another.
    #[error("the PIN is not that of token `{0}`; after a few wrong ones the token locks itself")]
    Pin(String),
    /// The token takes no PIN any more.
    #[error("token `{0}` is locked after too many wrong PINs; its security officer can set a new one")]
    Locked(String),
    /// The token has no key of that label.
    #[error("the token has no AES key `{0}`, which this vault's root key was wrapped with")]
    NoKey(String),
    /// It has several.
    #[error("the token has several AES keys `{0}`; give each its own label")]
    ManyKeys(String),
    /// The key may leave the token, or is too short.
    #[error("key `{0}` of the token does not do: it must be a sensitive AES-256 key that is not extractable")]
    NotKept(String),
    /// The keyring names another key than the configuration.
    #[error("this vault's root key was wrapped by key `{key}` of token `{token}`, which is not the one configured")]
    OtherKey {
        /// The token's label in the header.
        token: String,
        /// The key's label in the header.
        key: String,
    },
    /// What is wrapped is not this key's.
    #[error("key `{0}` of the token does not open this vault's root key: it is another key of that label")]
    NotUnwrapped(String),
    /// The token says that it destroyed the key, and has it all the same.
    #[error("the token still has key `{0}`, though it said that it was destroyed")]
    NotDestroyed(String),
    /// What the token answered is no key.
    #[error("the token answered with a length that no wrapped root key has")]
    Length,
    /// The token said no.
    #[error("the token did not {act}")]
    Token {
        /// What it was asked to do.
        act: &'static str,
        /// What it said.
        #[source]
        source: TokenAnswer,
    },
}

/// What a PKCS#11 library or its token answered.
#[derive(Debug)]
pub struct TokenAnswer(Cryptoki);

impl fmt::Display for TokenAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Cryptoki::LibraryLoading(error) = &self.0 {
            // The loader's own sentence says which file and why.
            error.fmt(f)
        } else if let Cryptoki::Pkcs11(answer, function) = &self.0 {
            // The name, which its maker's manual explains; the crate's words are the standard's whole paragraph.
            write!(f, "{function} answered {answer:?}")
        } else {
            self.0.fmt(f)
        }
    }
}

impl std::error::Error for TokenAnswer {}

/// Whether the token answered one of these.
fn says(error: &Cryptoki, answers: &[RvError]) -> bool {
    matches!(error, Cryptoki::Pkcs11(answer, _) if answers.contains(answer))
}

fn answered(act: &'static str) -> impl Fn(Cryptoki) -> Pkcs11Error {
    move |source| Pkcs11Error::Token { act, source: TokenAnswer(source) }
}

const TAG_BITS: u64 = 128;

/// A PKCS#11 library is initialised once a process: a second use would end with the first.
static ALONE: Mutex<()> = Mutex::new(());
