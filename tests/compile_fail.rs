//! Does a program that forges a grant, a durable entry or a released view not even compile?

#[test]
fn no_proof_can_be_forged() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
