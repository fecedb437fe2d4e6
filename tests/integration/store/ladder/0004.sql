UPDATE mentions SET corrected = '{"sentiment":"negative"}' WHERE id = 1;
