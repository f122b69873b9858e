DROP TRIGGER comes_back;
DROP VIEW overdue;
DROP TABLE returned;
