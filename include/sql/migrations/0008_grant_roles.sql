-- What each role of contracts 5 may do, and the append-only promise by trigger, which holds for owners too.
-- Objects of later migrations get their rights by default privileges, so that no migration has to repeat them.
grant owner to migrator;

revoke create on schema public from public;
grant usage on schema landing, core, ledger, outbox, audit, recon, mart to pipeline, finance, oncall, auditor;
grant usage on schema mart to analyst;
grant usage on schema ledger to runblu_inbox;

-- Reading.
grant select on all tables in schema landing, core, ledger, outbox, audit, recon, mart
to pipeline, finance, oncall, auditor;
grant select on all tables in schema mart to analyst;
alter default privileges in schema landing, core, ledger, outbox, audit, recon, mart
grant select on tables to pipeline, finance, oncall, auditor;
alter default privileges in schema mart grant select on tables to analyst;

-- The pipeline writes everything but views, and deletes only where rows are work in progress or a profile's own
-- lists.
grant insert, update on all tables in schema landing, core, ledger, outbox, audit, recon to pipeline;
grant usage, select on all sequences in schema landing, core, ledger, outbox, audit, recon to pipeline;
alter default privileges in schema landing, core, ledger, outbox, audit, recon
grant insert, update on tables to pipeline;
alter default privileges in schema landing, core, ledger, outbox, audit, recon
grant usage, select on sequences to pipeline;
grant delete on all tables in schema landing to pipeline;
alter default privileges in schema landing grant delete, truncate on tables to pipeline;
grant delete on core.ap_rule, core.mapping, ledger.touched_line to pipeline;

-- Nobody changes what is written once.
revoke update, delete, truncate
on ledger.material_event, ledger.value_entry, audit.approval, outbox.state_log
from pipeline;
revoke insert on audit.approval from public;

-- RunBlu puts events in, and can neither read them back nor say when they arrived.
grant insert (company_id, event_id, document) on ledger.event_inbox to runblu_inbox;

-- Finance decides and maps; on-call replays exceptions.
grant insert on audit.approval to finance;
grant insert, update on core.mapping to finance;
grant update (attempts, last_attempt_at, closed_at, closed_by) on audit.exception to oncall;

create function audit.refuse_change() returns trigger
language plpgsql as $$
begin
    raise exception 'RS-450 %.% is append-only: % refused; next step: record the correction as a new row',
        tg_table_schema, tg_table_name, lower(tg_op)
        using errcode = 'integrity_constraint_violation';
end
$$;

create trigger append_only before update or delete or truncate on ledger.material_event
for each statement execute function audit.refuse_change();
create trigger append_only before update or delete or truncate on ledger.value_entry
for each statement execute function audit.refuse_change();
create trigger append_only before update or delete or truncate on audit.approval
for each statement execute function audit.refuse_change();
create trigger append_only before update or delete or truncate on outbox.state_log
for each statement execute function audit.refuse_change();
-- "always": a session that plays replica (session_replication_role) does not get past them either.
alter table ledger.material_event enable always trigger append_only;
alter table ledger.value_entry enable always trigger append_only;
alter table audit.approval enable always trigger append_only;
alter table outbox.state_log enable always trigger append_only;

-- Set-wise work right after a bulk load needs statistics that autovacuum has not made yet; before Postgres 17 only
-- owners may.
do $$
begin
    if current_setting('server_version_num')::integer >= 170000 then
        execute 'grant maintain on all tables in schema landing, core, ledger, outbox, audit, recon to pipeline';
        execute 'alter default privileges in schema landing, core, ledger, outbox, audit, recon '
            'grant maintain on tables to pipeline';
    end if;
end
$$;
