-- Note that a file of heads and its manifest were seen on the server, and mark its heads as published; a row per head.
with sent as (
    update audit.head_file
    set sent_at = clock_timestamp()
    where company_id = %(company_id)s and file_id = %(file_id)s and sent_at is null
    returning company_id, file_name, first_batch, last_batch, sent_at
)

update audit.chain_head as h
set published_at = sent.sent_at, published_as = sent.file_name
from sent
where h.company_id = sent.company_id and h.batch between sent.first_batch and sent.last_batch
