-- Keys of what is posted and sent begin with the company.

-- What a posting carries is of its company.
alter table outbox.posting_entry add column company_id text;
alter table outbox.posting_entry disable trigger user;
update outbox.posting_entry as l
set company_id = p.company_id
from outbox.cost_posting as p
where p.posting_id = l.posting_id;
alter table outbox.posting_entry enable trigger user;
call core.give_rows_their_company('outbox.posting_entry');

-- The states of a batch are of its company.
alter table outbox.state_log add column company_id text;
alter table outbox.state_log disable trigger append_only;
update outbox.state_log as s
set company_id = b.company_id
from outbox.batch as b
where b.batch_id = s.batch_id;
alter table outbox.state_log enable always trigger append_only;
call core.give_rows_their_company('outbox.state_log');

call core.put_company_first('outbox.batch');
call core.put_company_first('outbox.batch_line');
call core.put_company_first('outbox.change_order');
call core.put_company_first('outbox.change_order_line');
call core.put_company_first('outbox.change_order_proposal');
call core.put_company_first('outbox.cost_posting');
call core.put_company_first('outbox.hosted_write');
call core.put_company_first('outbox.journal_line');
call core.put_company_first('outbox.posting_entry');
call core.put_company_first('outbox.runblu_file');
call core.put_company_first('outbox.state_log');
analyze outbox.posting_entry, outbox.state_log;

create or replace function outbox.touch_freed_entries() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if tg_op = 'TRUNCATE' then
        insert into outbox.touched_entry (company_id, first_entry_id, last_entry_id)
        select
            e.company_id,
            min(e.entry_id) as first_entry_id,
            max(e.entry_id) as last_entry_id
        from ledger.value_entry as e
        group by e.company_id;
    else
        insert into outbox.touched_entry (company_id, first_entry_id, last_entry_id)
        select distinct
            o.company_id,
            o.entry_id as first_entry_id,
            o.entry_id as last_entry_id
        from old_rows as o;
    end if;
    return null;
end
$$;
