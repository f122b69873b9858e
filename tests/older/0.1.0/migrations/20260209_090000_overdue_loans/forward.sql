CREATE TABLE returned (loan INTEGER NOT NULL, returned_on TEXT NOT NULL);
CREATE VIEW overdue AS
  SELECT loan.id, title, name FROM loan JOIN book ON book.id = loan.book
  LEFT JOIN reader ON reader.id = loan.reader
  WHERE loan.id NOT IN (SELECT loan FROM returned);
CREATE TRIGGER comes_back AFTER DELETE ON loan BEGIN
  INSERT INTO returned VALUES (old.id, '2026-02-09');
END;
