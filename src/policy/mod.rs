//! The policy: what may be shown to whom, for what, on which basis; read from a file, checked, and decided by pure functions.
//!
//! [`table::Policy::parse`] turns a policy file into a table. [`authorise::authorise`] weighs what is asked against the
//! table and the register, before anything of a member is looked up; [`authorise::Authorised::decide`] then weighs what
//! the member has, prefers and was told, and ends in a [`grant::Grant`] or a [`refusal::Refusal`].

pub mod ask;
pub mod authorise;
pub mod check;
pub mod clause;
mod compile;
pub mod decide;
pub mod explain;
pub mod finding;
pub mod grant;
pub mod matrix;
mod problem;
pub mod purpose;
pub mod reason;
pub mod refusal;
pub mod retained;
pub mod row;
pub mod rule;
mod scope;
pub mod show;
mod source;
pub mod table;
pub mod terms;
#[cfg(test)]
mod tests;
pub mod withheld;
