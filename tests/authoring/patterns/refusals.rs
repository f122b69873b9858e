//! What cannot be right is refused, and nothing is made.

use insta::assert_snapshot;

use super::round_trip::refusal;
use crate::sandbox::Sandbox;

#[test]
fn a_field_that_is_not_right_is_refused_and_nothing_is_made() {
    let sandbox = Sandbox::project();
    let fields = [
        "level",
        "level:",
        ":integer",
        "my level:integer",
        "level:intt",
        "level:'INTEGER NOT NULL'",
        "level:integer:notnul",
        "level:integer:unique:unique",
        "level:integer:default",
        "level:integer:default=ture",
        "seen:text:default=12:30",
        "level:integer:references=player",
        "level:text:default='it",
        "level:integer:not_null",
        "level:\u{1b}[31m",
    ];
    let all: Vec<String> =
        fields.iter().map(|field| refusal(&sandbox, &["add_level_to_pat_dwarf", field])).collect();
    assert_snapshot!(all.concat(), @r#"
    error: the field `level` is not right: it has no type
    hint: a type is integer, text, real, blob, any, bigint, smallint, boolean, decimal, numeric, char, varchar, date, time, datetime, timestamp, json, or another in quotes, as in `'price:"UNSIGNED BIG INT"'`
    error: the field `level:` is not right: it has no type
    hint: a type is integer, text, real, blob, any, bigint, smallint, boolean, decimal, numeric, char, varchar, date, time, datetime, timestamp, json, or another in quotes, as in `'price:"UNSIGNED BIG INT"'`
    error: the field `:integer` is not right: `` is no name for a column
    hint: a name has letters, digits and `_`, and begins with no digit
    error: the field `my level:integer` is not right: `my level` is no name for a column
    hint: a name has letters, digits and `_`, and begins with no digit
    error: the field `level:intt` is not right: there is no type `intt`
    hint: did you mean `int`? In quotes it is taken as it stands
    error: the field `level:'INTEGER NOT NULL'` is not right: `INTEGER NOT NULL` is no declared type
    hint: a type is integer, text, real, blob, any, bigint, smallint, boolean, decimal, numeric, char, varchar, date, time, datetime, timestamp, json, or another in quotes, as in `'price:"UNSIGNED BIG INT"'`
    error: the field `level:integer:notnul` is not right: there is no modifier `notnul`
    hint: after the type may follow, once each: not_null or null, unique, primary_key, default=VALUE, references=table.column; a value with a `:` needs quotes
    error: the field `level:integer:unique:unique` is not right: `unique` is there twice
    hint: after the type may follow, once each: not_null or null, unique, primary_key, default=VALUE, references=table.column; a value with a `:` needs quotes
    error: the field `level:integer:default` is not right: `default` has no value
    hint: a value is a number, true, false, null, or text; quotes make text of anything: `default='1'`
    error: the field `level:integer:default=ture` is not right: `ture` is no number
    hint: a value is a number, true, false, null, or text; quotes make text of anything: `default='1'`
    error: the field `seen:text:default=12:30` is not right: there is no modifier `30`
    hint: after the type may follow, once each: not_null or null, unique, primary_key, default=VALUE, references=table.column; a value with a `:` needs quotes
    error: the field `level:integer:references=player` is not right: `references` is not followed by `=table.column`
    hint: for example `room_id:integer:references=room.id`
    error: the field `level:text:default='it` is not right: a quote is not closed, or text follows it
    hint: a quote within quotes is written twice; the shell takes one pair of quotes away: `"name:text:default='a:b'"`
    error: the field `level:integer:not_null` is not right: a new NOT NULL column needs a default for the rows that are there
    hint: add `default=VALUE`, or leave `not_null` out, fill the rows, and use `set_not_null`
    error: the field `level:\u{1b}[31m` is not right: there is no type `\u{1b}[31m`
    hint: a type is integer, text, real, blob, any, bigint, smallint, boolean, decimal, numeric, char, varchar, date, time, datetime, timestamp, json, or another in quotes, as in `'price:"UNSIGNED BIG INT"'`
    "#);
    let twice = ["create_pat_dwarf", "level:integer", "LEVEL:text"];
    assert_snapshot!(refusal(&sandbox, &twice), @"
    error: the field `LEVEL:text` is not right: there is another field of this name
    hint: SQLite reads capital and small letters as the same
    ");
    assert_snapshot!(refusal(&sandbox, &["add_index_to_pat_dwarf", "a", "b c"]), @"
    error: the field `b c` is not right: `b c` is no name for a column
    hint: a name has letters, digits and `_`, and begins with no digit
    ");
    assert_snapshot!(refusal(&sandbox, &["add_index_to_pat_dwarf", "a:text"]), @"
    error: the field `a:text` is not right: an index takes the bare names of its columns
    hint: for example `add_index_to_player name score`
    ");
    assert_snapshot!(refusal(&sandbox, &["drop_level_from_pat_dwarf", "lvel:integer"]), @"
    error: the name drops the column `level`, but the field is `lvel:integer`
    hint: the field says what `level` was, for the way back; leave it out if there is none
    ");
    assert_snapshot!(refusal(&sandbox, &["rename_a_to_a_in_pat_dwarf"]), @"
    error: the column `a` has this name already
    hint: `rename_COLUMN_to_NEW_in_TABLE` needs two names
    ");
    assert_snapshot!(refusal(&sandbox, &["rename_a_to_b_in_pat_dwarf", "a:text"]), @"
    error: a column to rename needs no field: `a:text`
    hint: `rename_COLUMN_to_NEW_in_TABLE` says all of it: leave the fields out
    ");
}
