-- Names as the hotel writes them: `runner test` has no way to know.
INSERT INTO roomstay (player_id, guest_name, room, arrives_on, leaves_on) VALUES
  (1, 'Lovelace, Ada (Countess)', '12', '2025-05-01', '2025-05-04'),
  (NULL, 'Turing, Alan', '7', '2025-05-02', '2025-05-03'),
  (3, 'Merlin', '7', '2025-05-03', '2025-05-05');
