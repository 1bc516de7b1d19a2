-- The typed mirror of Sage. Every key starts with company_id because Sage tables carry no company.
create table core.company (
    company_id text primary key check (company_id ~ '^[A-Z0-9]{1,10}$'),
    company_name text not null,
    environment text not null check (environment in ('PROD', 'TEST')),
    time_zone text not null,
    file_encoding text not null default 'cp1252' check (file_encoding in ('cp1252', 'utf-8')),
    clearing_account text not null,
    policy text not null default 'installation' check (policy in ('installation', 'receipt', 'invoice')),
    profile jsonb not null,
    loaded_at timestamptz not null default now()
);

-- What a row of the mirror was before each change; the row itself is its newest version. Filled by trigger, see end.
create table core.row_history (
    company_id text not null,
    entity text not null,
    row_key text not null,
    version_no integer not null,
    row_before jsonb not null,
    row_after jsonb not null,
    transfer_id bigint not null,
    changed_at timestamptz not null default now(),
    primary key (company_id, entity, row_key, version_no)
);

create table core.job (
    company_id text not null references core.company,
    job text not null,
    description text not null,
    status text not null check (status in ('Unstarted', 'In progress', 'Closed')),
    is_on_hold boolean not null default false,
    cost_account_prefix text not null default '',
    transfer_id bigint not null,
    primary key (company_id, job)
);

create table core.extra (
    company_id text not null,
    job text not null,
    extra text not null,
    description text not null,
    status text not null,
    transfer_id bigint not null,
    primary key (company_id, job, extra)
);

create table core.cost_code (
    company_id text not null,
    job text not null,
    extra text not null,
    cost_code text not null,
    description text not null,
    is_group boolean not null,
    status text not null check (status in ('Unstarted', 'In progress', 'Closed')),
    accumulate_as text not null,
    unit text not null,
    cost_account text not null,
    amount_original_estimate numeric(14, 2),
    amount_job_to_date_cost numeric(14, 2),
    amount_revised_commitment numeric(14, 2),
    amount_commitment_invoiced numeric(14, 2),
    transfer_id bigint not null,
    primary key (company_id, job, extra, cost_code)
);

create table core.category (
    company_id text not null,
    job text not null,
    extra text not null,
    cost_code text not null,
    category text not null,
    description text not null,
    status text not null check (status in ('Unstarted', 'In progress', 'Closed')),
    accumulate_as text not null,
    unit text not null,
    cost_account text not null,
    amount_original_estimate numeric(14, 2),
    amount_job_to_date_cost numeric(14, 2),
    transfer_id bigint not null,
    primary key (company_id, job, extra, cost_code, category)
);

create table core.standard_cost_code (
    company_id text not null,
    cost_code text not null,
    description text not null,
    is_group boolean not null,
    accumulate_as text not null,
    unit text not null,
    transfer_id bigint not null,
    primary key (company_id, cost_code)
);

create table core.standard_category (
    company_id text not null,
    category text not null,
    description text not null,
    accumulate_as text not null,
    transfer_id bigint not null,
    primary key (company_id, category)
);

create table core.vendor (
    company_id text not null,
    vendor text not null,
    vendor_name text not null,
    address text not null,
    city text not null,
    state text not null,
    zip text not null,
    is_active boolean not null,
    transfer_id bigint not null,
    primary key (company_id, vendor)
);

create table core.item (
    company_id text not null,
    standard_item text not null,
    description text not null,
    unit text not null,
    material_class text not null,
    unit_cost_standard numeric(18, 6),
    transfer_id bigint not null,
    primary key (company_id, standard_item)
);

create table core.commitment (
    company_id text not null,
    commitment text not null,
    description text not null,
    commitment_type text not null check (commitment_type in ('Purchase order', 'Subcontract')),
    vendor text not null,
    job text not null,
    commitment_date date not null,
    is_closed boolean not null,
    amount_original numeric(14, 2) not null,
    amount_approved_changes numeric(14, 2) not null,
    amount_invoiced numeric(14, 2) not null,
    transfer_id bigint not null,
    primary key (company_id, commitment)
);

create table core.commitment_item (
    company_id text not null,
    commitment text not null,
    item_number integer not null,
    description text not null,
    job text not null,
    extra text not null,
    cost_code text not null,
    category text not null,
    standard_item text not null,
    units numeric(18, 4) not null,
    unit_cost numeric(18, 6) not null,
    unit text not null,
    amount numeric(14, 2) not null,
    amount_tax numeric(14, 2) not null,
    amount_approved_changes numeric(14, 2) not null,
    amount_invoiced numeric(14, 2) not null,
    units_invoiced numeric(18, 4) not null,
    transfer_id bigint not null,
    primary key (company_id, commitment, item_number)
);

-- approved_at: the instant the change takes its place in the canonical order (domain 4); close_count as on
-- ledger.material_event.
create table core.change_order (
    company_id text not null,
    commitment text not null,
    change_order text not null,
    description text not null,
    change_order_date date not null,
    status text not null check (status in ('Approved', 'Pending')),
    approved_at timestamptz not null,
    close_count integer not null default 0,
    transfer_id bigint not null,
    primary key (company_id, commitment, change_order)
);

create table core.change_order_item (
    company_id text not null,
    commitment text not null,
    change_order text not null,
    item_number integer not null,
    units numeric(18, 4) not null,
    unit_cost numeric(18, 6),
    amount numeric(14, 2) not null,
    transfer_id bigint not null,
    primary key (company_id, commitment, change_order, item_number)
);

-- source: CURRENT, HISTORY (posted) or NEW (entered, unposted); a row gone from a complete extract keeps its content
-- and gets gone_at.
create table core.job_cost_transaction (
    company_id text not null,
    source text not null check (source in ('CURRENT', 'HISTORY', 'NEW')),
    row_id text not null,
    run integer,
    sequence integer,
    job text not null,
    extra text not null,
    cost_code text not null,
    category text not null,
    transaction_type text not null,
    transaction_date date not null,
    accounting_date date not null,
    description text not null,
    units numeric(18, 4) not null,
    unit_cost numeric(18, 6) not null,
    amount numeric(14, 2) not null,
    debit_account text not null,
    credit_account text not null,
    application_of_origin text not null,
    batch text not null,
    vendor text not null,
    invoice text not null,
    distribution_sequence integer,
    commitment_type text not null,
    commitment text not null,
    item_number integer,
    amount_retainage numeric(14, 2),
    tax_id text not null,
    amount_type text not null,
    standard_item text not null,
    ref_1 text not null,
    ref_2 text not null,
    operator_stamp text not null,
    stamped_at timestamptz,
    row_version bigint,
    gone_at timestamptz,
    transfer_id bigint not null,
    primary key (company_id, row_id)
);
create index on core.job_cost_transaction (company_id, ref_1) where ref_1 <> '';
create index on core.job_cost_transaction (company_id, commitment, item_number) where commitment <> '';

create table core.fiscal_period (
    company_id text not null,
    period text not null check (period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
    application text not null check (application in ('JC', 'AP', 'GL')),
    status text not null check (status in ('Open', 'Closed')),
    transfer_id bigint not null,
    primary key (company_id, period, application)
);

create table core.ledger_transaction (
    company_id text not null,
    row_id text not null,
    account text not null,
    transaction_date date not null,
    accounting_date date not null,
    description text not null,
    amount_debit numeric(14, 2) not null,
    amount_credit numeric(14, 2) not null,
    application_of_origin text not null,
    batch text not null,
    transfer_id bigint not null,
    primary key (company_id, row_id)
);

-- Material class -> codes, effective-dated; job '' means every job of the company.
create table core.mapping (
    company_id text not null references core.company,
    material_class text not null,
    job text not null default '',
    effective_from date not null,
    effective_to date,
    extra text not null default '',
    cost_code text not null,
    category text not null,
    owner text not null,
    approved_by text,
    primary key (company_id, material_class, job, effective_from),
    check (effective_to is null or effective_to >= effective_from)
);

-- AP rows without a managed line that an approved rule names tax or freight (domain 5).
create table core.ap_rule (
    company_id text not null references core.company,
    rule_no integer not null,
    kind text not null check (kind in ('tax', 'freight', 'unmanaged')),
    tax_id text,
    debit_account text,
    cost_code text,
    description_pattern text,
    approved_by text not null,
    primary key (company_id, rule_no)
);

-- Keep the row before and after of every change of a mirrored row, set-wise; whoever changes it. Argument: key columns.
create function core.keep_history() returns trigger
language plpgsql as $$
declare
    row_key text := (
        select string_agg(format('a.%I', name), ', ' order by place)
        from unnest(tg_argv) with ordinality as k (name, place)
    );
    same_row text := (
        select string_agg(format('b.%1$I = a.%1$I', name), ' and ' order by place)
        from unnest(tg_argv) with ordinality as k (name, place)
    );
begin
    execute format(
        $statement$
        insert into core.row_history (company_id, entity, row_key, version_no, row_before, row_after, transfer_id)
        select
            a.company_id,
            %1$L,
            concat_ws('/', %2$s),
            1 + coalesce(
                (
                    select max(h.version_no)
                    from core.row_history as h
                    where h.company_id = a.company_id and h.entity = %1$L and h.row_key = concat_ws('/', %2$s)
                ),
                0
            ),
            to_jsonb(b),
            to_jsonb(a),
            a.transfer_id
        from rows_after as a
        inner join rows_before as b on b.company_id = a.company_id and %3$s
        $statement$,
        tg_table_name, row_key, same_row
    );
    return null;
end
$$;

do $$
declare
    kept record;
begin
    for kept in
        select *
        from (values
            ('job', array['job']),
            ('extra', array['job', 'extra']),
            ('cost_code', array['job', 'extra', 'cost_code']),
            ('category', array['job', 'extra', 'cost_code', 'category']),
            ('standard_cost_code', array['cost_code']),
            ('standard_category', array['category']),
            ('vendor', array['vendor']),
            ('item', array['standard_item']),
            ('commitment', array['commitment']),
            ('commitment_item', array['commitment', 'item_number']),
            ('change_order', array['commitment', 'change_order']),
            ('change_order_item', array['commitment', 'change_order', 'item_number']),
            ('job_cost_transaction', array['row_id']),
            ('fiscal_period', array['period', 'application']),
            ('ledger_transaction', array['row_id'])
        ) as listed (entity, keys)
    loop
        execute format(
            'create trigger keep_history after update on core.%I '
            'referencing old table as rows_before new table as rows_after '
            'for each statement execute function core.keep_history(%s)',
            kept.entity, (select string_agg(quote_literal(k), ', ') from unnest(kept.keys) as k)
        );
    end loop;
end
$$;
