-- The bytes of one raw file, held until the end of the transaction; no row = another one has moved it.
select r.content
from landing.raw_file as r
where r.company_id = %(company_id)s and r.sha256 = %(sha256)s and r.content is not null
for update
