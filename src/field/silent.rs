//! `Debug` for types that hold personal data: the type's name and nothing else.

/// Gives each type a `Debug` that prints its name only, so that neither a log nor a failed assertion can show a value.
macro_rules! silent_debug {
    ($($name:ident),+ $(,)?) => {
        $(
            impl std::fmt::Debug for $name {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str(stringify!($name))
                }
            }
        )+
    };
}

/// As [`silent_debug`], for types that borrow what they show nobody.
macro_rules! silent_debug_borrowed {
    ($($name:ident),+ $(,)?) => {
        $(
            impl std::fmt::Debug for $name<'_> {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str(stringify!($name))
                }
            }
        )+
    };
}

pub(super) use {silent_debug, silent_debug_borrowed};
