//! What `#[derive(Table)]` refuses: a file for each, with what the compiler says beside it. To take over
//! what it says now: `TRYBUILD=overwrite cargo test -p migration-model-derive`, and read the difference.

#[test]
fn each_mistake_is_told_at_its_word_with_what_to_do() {
    trybuild::TestCases::new().compile_fail("tests/refusals/*.rs");
}
