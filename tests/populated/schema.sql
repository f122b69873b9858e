PRAGMA page_size = 512;
-- So small a cache spills: much is in the file long before the commit.
PRAGMA default_cache_size = 10;

CREATE TABLE guest (id INTEGER PRIMARY KEY, name TEXT NOT NULL, mail TEXT);
CREATE TABLE ticket (id INTEGER PRIMARY KEY AUTOINCREMENT, note TEXT, seat INTEGER);
CREATE TABLE measure (
  id INTEGER PRIMARY KEY,
  value INTEGER NOT NULL,
  doubled INTEGER GENERATED ALWAYS AS (value * 2) STORED
) STRICT;
CREATE TABLE pair (a INTEGER, b INTEGER, PRIMARY KEY (a, b)) WITHOUT ROWID;
CREATE TABLE goes_along (id INTEGER PRIMARY KEY, guest REFERENCES guest ON DELETE CASCADE);
CREATE TABLE forgets (id INTEGER PRIMARY KEY, guest REFERENCES guest ON DELETE SET NULL);
CREATE TABLE falls_back
  (id INTEGER PRIMARY KEY, guest DEFAULT 1 REFERENCES guest ON DELETE SET DEFAULT);
CREATE TABLE holds (id INTEGER PRIMARY KEY, guest REFERENCES guest ON DELETE RESTRICT);
CREATE TABLE insists (id INTEGER PRIMARY KEY, guest REFERENCES guest ON DELETE NO ACTION);
CREATE TABLE farewell (name TEXT NOT NULL);
CREATE TRIGGER guest_leaves AFTER DELETE ON guest
BEGIN INSERT INTO farewell VALUES (old.name); END;
CREATE TRIGGER ticket_changes AFTER UPDATE OF note ON ticket
BEGIN INSERT INTO farewell VALUES (old.note); END;
CREATE VIEW companion AS SELECT name, g.id FROM guest JOIN goes_along g ON g.guest = guest.id;
CREATE INDEX guest_by_name ON guest (name COLLATE NOCASE);
CREATE UNIQUE INDEX mail_once ON guest (mail) WHERE mail IS NOT NULL;
CREATE VIRTUAL TABLE words USING fts5 (body);

CREATE TEMP TABLE number AS
WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 12)
SELECT n FROM number;
INSERT INTO guest SELECT n, 'Guest ' || char(64 + n) || ' of the house', 'g' || n || '@example.org' FROM number;
INSERT INTO ticket (note, seat) SELECT 'ticket ' || n || ' of many', n FROM number;
-- The mark of AUTOINCREMENT is higher than any row.
DELETE FROM ticket WHERE id = 12;
INSERT INTO measure (id, value) SELECT n, n * n FROM number;
INSERT INTO pair SELECT n, 100 - n FROM number;
INSERT INTO goes_along SELECT n, n FROM number;
INSERT INTO forgets SELECT n, n FROM number;
INSERT INTO falls_back SELECT n, n FROM number;
INSERT INTO holds SELECT n, n FROM number;
INSERT INTO insists SELECT n, n FROM number;
INSERT INTO words SELECT 'word number ' || n FROM number;
