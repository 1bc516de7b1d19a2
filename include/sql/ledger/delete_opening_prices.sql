-- Drop what is known of price variance before a company's cutovers, to be written anew; one row per line and codes.
delete from ledger.opening_price as o
where o.company_id = %(company_id)s
