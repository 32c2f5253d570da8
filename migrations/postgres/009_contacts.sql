-- Who has an e-mail address, or a phone number that ends so: for each 32 pages a
-- filter that knows who is certainly not there. It is made of new pages after an
-- import, and by VACUUM. A B-tree cost an import three times as much, and would take
-- an entry for every change of a row's state. Before PostgreSQL 14 there are no such
-- filters.
DO $$
BEGIN
    IF current_setting('server_version_num')::int >= 140000 THEN
        CREATE INDEX applicants_email ON applicants
            USING brin (lower(email) text_bloom_ops (n_distinct_per_range = 1300, false_positive_rate = 0.005))
            WITH (pages_per_range = 32);
        CREATE INDEX applicants_phone ON applicants
            USING brin (substr(phone, length(phone) - 7) text_bloom_ops (n_distinct_per_range = 1300, false_positive_rate = 0.005))
            WITH (pages_per_range = 32);
    ELSE
        CREATE INDEX applicants_email ON applicants (lower(email));
        CREATE INDEX applicants_phone ON applicants (substr(phone, length(phone) - 7));
    END IF;
END $$;
