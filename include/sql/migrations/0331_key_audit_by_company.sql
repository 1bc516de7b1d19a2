-- Keys of what was received, refused, decided and chained begin with the company.

-- A payload is of the company of its exception.
alter table audit.exception_payload add column company_id text;
alter table audit.exception_payload disable trigger append_only;
update audit.exception_payload as p
set company_id = x.company_id
from audit.exception as x
where x.exception_id = p.exception_id;
alter table audit.exception_payload enable always trigger append_only;
call core.give_rows_their_company('audit.exception_payload');

create or replace function audit.keep_payload() returns trigger
language plpgsql as $$
begin
    insert into audit.exception_payload (company_id, exception_id, payload, transfer_id)
    values (old.company_id, old.exception_id, old.payload, old.transfer_id);
    return null;
end
$$;

-- Bytes are kept once for each company that received them. Who sent bytes that are not those of their manifest was not
-- noted with them: such rows have an empty company, and nobody but the bridge sees them, as before.
alter table landing.raw_file add column company_id text;
update landing.raw_file as r
set company_id = coalesce((
    select min(t.company_id)
    from audit.transfer as t
    where t.sha256 = r.sha256
), '');
call core.give_rows_their_company(
    'landing.raw_file',
    'The company: one Sage data folder; empty = bytes from before it was kept that are not those of their manifest'
);
call core.put_company_first('landing.raw_file');
insert into landing.raw_file (company_id, sha256, byte_count, content, file_path, stored_at)
select distinct
    t.company_id,
    r.sha256,
    r.byte_count,
    r.content,
    r.file_path,
    r.stored_at
from landing.raw_file as r
inner join audit.transfer as t on t.sha256 = r.sha256 and t.company_id <> r.company_id;
call core.put_company_first('landing.hosted_feed');

call core.put_company_first('audit.approval');
call core.put_company_first('audit.chain_head');
call core.put_company_first('audit.exception');
call core.put_company_first('audit.exception_payload');
call core.put_company_first('audit.head_file');
call core.put_company_first('audit.notice');
call core.put_company_first('audit.transfer');
call core.put_company_first('core.mapping_proposal');
