//! Compiles the .proto files: descriptor set, messages, services, and the silent `Debug` of what carries personal data.

use std::collections::BTreeSet;
use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use prost::Message as _;
use protox::Compiler;
use protox::prost_reflect::{DescriptorPool, FieldDescriptor, Kind, MessageDescriptor};

#[expect(clippy::disallowed_methods, reason = "cargo tells a build script by its environment where to write")]
fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed={SOURCES}");

    let mut compiler = Compiler::new(["."])?;
    compiler.include_imports(true).include_source_info(true);
    compiler.open_files(proto_files()?)?;
    fs::write(out.join("descriptor_set.bin"), compiler.encode_file_descriptor_set())?;

    let silent = silent_messages(&compiler.descriptor_pool());
    fs::write(out.join("silent_debug.rs"), silent_debug(&silent)?)?;
    generate(&compiler, &silent)
}

/// Every .proto file of the package, in a stable order.
fn proto_files() -> Result<BTreeSet<PathBuf>, Box<dyn Error>> {
    let mut files = BTreeSet::new();
    for entry in fs::read_dir(SOURCES)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "proto") {
            files.insert(path);
        }
    }
    Ok(files)
}

/// The messages that hold a `debug_redact` field, directly or through another message.
fn silent_messages(pool: &DescriptorPool) -> Vec<MessageDescriptor> {
    let ours: Vec<_> = pool.all_messages().filter(|message| message.package_name() == PACKAGE).collect();
    let mut names = BTreeSet::new();
    loop {
        let before = names.len();
        for message in &ours {
            if message.fields().any(|field| is_redacted(&field) || holds_one_of(&names, &field)) {
                names.insert(message.full_name().to_owned());
            }
        }
        if names.len() == before {
            return ours.into_iter().filter(|message| names.contains(message.full_name())).collect();
        }
    }
}

fn holds_one_of(names: &BTreeSet<String>, field: &FieldDescriptor) -> bool {
    matches!(field.kind(), Kind::Message(message) if names.contains(message.full_name()))
}

/// Whether the field itself carries personal data.
fn is_redacted(field: &FieldDescriptor) -> bool {
    let options = field.options();
    options.get_field_by_name("debug_redact").is_some_and(|redact| redact.as_bool() == Some(true))
}

/// Whether the message is wiped when it is dropped: it holds a value directly, not through another message.
fn is_wiped(message: &MessageDescriptor) -> bool {
    let holds_value = message.fields().any(|field| is_redacted(&field));
    holds_value && Path::new(message.parent_file().name()).ends_with(VALUES)
}

/// Implementations of `Debug` that print a type's name and nothing else.
fn silent_debug(silent: &[MessageDescriptor]) -> Result<String, Box<dyn Error>> {
    let mut code = String::new();
    for message in silent {
        write_silent_debug(&mut code, message.name(), message.name())?;
        for oneof in message.oneofs().filter(|oneof| oneof.fields().len() > 1) {
            let oneof = capitalised(oneof.name());
            let path = format!("{}::{oneof}", snake_case(message.name()));
            write_silent_debug(&mut code, &path, &format!("{}::{oneof}", message.name()))?;
        }
    }
    Ok(code)
}

fn write_silent_debug(code: &mut String, path: &str, printed: &str) -> Result<(), Box<dyn Error>> {
    writeln!(code, "impl ::core::fmt::Debug for {path} {{")?;
    writeln!(code, "    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {{")?;
    writeln!(code, "        f.write_str({printed:?})")?;
    writeln!(code, "    }}\n}}")?;
    Ok(())
}

/// Writes `fubako.v1.rs`: messages, server traits and clients.
fn generate(compiler: &Compiler, silent: &[MessageDescriptor]) -> Result<(), Box<dyn Error>> {
    let path = |message: &MessageDescriptor| format!(".{}", message.full_name());
    let mut builder = tonic_prost_build::configure().codec_path(CODEC).skip_debug(silent.iter().map(path));
    for message in silent.iter().filter(|message| is_wiped(message)) {
        builder = builder.type_attribute(path(message), WIPED);
    }
    let files = compiler.encode_file_descriptor_set();
    builder.compile_fds(prost_types::FileDescriptorSet::decode(files.as_slice())?)?;
    Ok(())
}

/// The name of the module that holds a message's oneofs.
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// The type's name of a oneof. Every oneof of the package is named by one word.
fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

const CODEC: &str = "crate::codec::SmallBufferCodec";
const PACKAGE: &str = "fubako.v1";
const SOURCES: &str = "fubako/v1";
const VALUES: &str = "fubako/v1/values.proto";
const WIPED: &str = "#[derive(::zeroize::Zeroize, ::zeroize::ZeroizeOnDrop)]";
