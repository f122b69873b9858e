//! A class that is a migration of TypeORM, where its methods do nothing but hand texts of SQL to `queryRunner.query`.

use super::token::{Kind, Token, tokens};

/// What the methods of a class run.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Class {
    pub(super) up: Vec<Query>,
    pub(super) down: Vec<Query>,
}

/// A text of SQL, and the line that it begins in.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) line: usize,
    pub(super) sql: String,
}

impl Class {
    /// # Errors
    /// The line of the first thing that is more than SQL; `None`: there is no method `up`.
    pub(super) fn read(source: &str) -> Result<Self, Option<usize>> {
        let tokens = tokens(source);
        let up = method(&tokens, "up").ok_or(None)?;
        let down = method(&tokens, "down");
        Ok(Self { up: queries(up)?, down: down.map(queries).transpose()?.unwrap_or_default() })
    }
}

/// The body of the method `name`: what is between its braces.
fn method<'t>(tokens: &'t [Token], name: &str) -> Option<&'t [Token]> {
    let is_word = |token: &Token| matches!(&token.kind, Kind::Word(word) if word == name);
    let start = tokens.windows(2).position(|pair| is_word(&pair[0]) && is(&pair[1], '('))?;
    let arguments = &tokens[start + 1..];
    let behind = &arguments[end_of_group(arguments, '(', ')')? + 1..];
    let body = &behind[behind.iter().position(|token| is(token, '{'))?..];
    Some(&body[1..end_of_group(body, '{', '}')?])
}

fn is(token: &Token, sign: char) -> bool {
    token.kind == Kind::Sign(sign)
}

/// Where the group ends that `tokens` begin with.
fn end_of_group(tokens: &[Token], open: char, close: char) -> Option<usize> {
    let mut depth = 0_usize;
    tokens.iter().position(|token| {
        if is(token, open) {
            depth += 1;
        } else if is(token, close) {
            depth = depth.saturating_sub(1);
        }
        depth == 0
    })
}

/// The queries of a body that is nothing else.
fn queries(body: &[Token]) -> Result<Vec<Query>, Option<usize>> {
    let mut queries = Vec::new();
    let mut rest = body;
    while let Some(first) = rest.first() {
        if is(first, ';') {
            rest = &rest[1..];
            continue;
        }
        let (query, length) = query(rest).ok_or(Some(first.line))?;
        queries.push(query);
        rest = &rest[length..];
    }
    Ok(queries)
}

/// The call `await queryRunner.query(TEXT)` that `tokens` begin with, and how many of them it takes.
fn query(tokens: &[Token]) -> Option<(Query, usize)> {
    let word = |at: usize| match &tokens.get(at)?.kind {
        Kind::Word(word) => Some(word.as_str()),
        _ => None,
    };
    let sign = |at: usize, sign| tokens.get(at).is_some_and(|token| is(token, sign));
    let mut at = usize::from(matches!(word(0)?, "await" | "return"));
    at += usize::from(at == 1 && word(1)? == "await");
    word(at)?;
    if !(sign(at + 1, '.') && word(at + 2)? == "query" && sign(at + 3, '(')) {
        return None;
    }
    at += 4;
    let line = tokens.get(at)?.line;
    let mut sql = String::new();
    loop {
        let Kind::Text(text) = &tokens.get(at)?.kind else { return None };
        sql.push_str(text);
        at += 1;
        if !sign(at, '+') {
            break;
        }
        at += 1;
    }
    at += usize::from(sign(at, ','));
    sign(at, ')').then(|| (Query { line, sql }, at + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(line: usize, sql: &str) -> Query {
        Query { line, sql: sql.to_owned() }
    }

    #[test]
    fn a_class_of_queries_is_sql() {
        let source = "import { QueryRunner } from 'typeorm'\n\
            export class A1577836800000 implements MigrationInterface {\n\
            name = 'A1577836800000'\n\
            public async up(queryRunner: QueryRunner): Promise<void> {\n\
            await queryRunner.query(`CREATE TABLE \"a\" (b)`);\n\
            // more\n\
            await queryRunner.query('INSERT ' +\n 'INTO a VALUES (1);',)\n\
            }\n\
            public async down(queryRunner: QueryRunner): Promise<void> {\n\
            return await queryRunner.query(\"DROP TABLE a\")\n}\n}\n";
        let class = Class {
            up: vec![query(5, "CREATE TABLE \"a\" (b)"), query(7, "INSERT INTO a VALUES (1);")],
            down: vec![query(11, "DROP TABLE a")],
        };
        assert_eq!(Class::read(source), Ok(class));
    }

    #[test]
    fn what_does_more_is_known_by_its_line() {
        let body =
            |body: &str| format!("class A {{ async up(runner) {{\n{body}\n}} async down() {{}} }}");
        for more in [
            "const a = await runner.query(`SELECT 1`);",
            "if (a) { await runner.query(`SELECT 1`); }",
            "await runner.query(`SELECT ${a}`);",
            "await runner.query(`SELECT ?`, [1]);",
            "await runner.dropTable('a');",
        ] {
            assert_eq!(Class::read(&body(more)), Err(Some(2)), "{more}");
        }
        assert_eq!(Class::read("export const a = 1"), Err(None));
    }
}
