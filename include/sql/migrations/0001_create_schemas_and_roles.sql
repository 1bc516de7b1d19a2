-- Schemas of the warehouse and the roles of contracts 5; runs once, as the database's superuser or the cluster's owner.
do $$
declare
    wanted text;
begin
    foreach wanted in array array[
        'owner', 'migrator', 'pipeline', 'runblu_inbox', 'finance', 'oncall', 'analyst', 'auditor'
    ] loop
        if not exists (select 1 from pg_roles where rolname = wanted) then
            execute format('create role %I nologin', wanted);
        end if;
    end loop;
end
$$;

create schema landing;
create schema core;
create schema ledger;
create schema outbox;
create schema audit;
create schema recon;
create schema mart;

comment on schema landing is 'Transfers as they were received, before any rule ran';
comment on schema core is 'Typed mirror of Sage with history, mappings and periods';
comment on schema ledger is 'Material events, their tags, layers and values; append-only';
comment on schema outbox is 'What goes to Sage: posting lines, batches, states';
comment on schema audit is 'Transfers, exceptions, watermarks, chain heads, approvals';
comment on schema recon is 'Reconciliation runs, differences, adjustments, sign-offs';
comment on schema mart is 'Views for analysts: the contract';
