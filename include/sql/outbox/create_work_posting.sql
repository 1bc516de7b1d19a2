-- Work table of one preparation: open lines of the company and new ones side by side, one row per line; gone at commit.
create temporary table work_posting (
    work_id bigint generated always as identity,
    posting_id bigint,
    kind text not null,
    transaction_date date not null,
    accounting_date_wanted date not null,
    job text not null,
    extra text not null,
    cost_code text not null,
    category text not null,
    commitment text not null,
    item_number integer,
    source_key text not null,
    difference_no integer,
    reference text,
    salt integer not null default 0,
    description text not null,
    units numeric(18, 4) not null,
    amount numeric(14, 2) not null,
    debit_account text not null,
    adjustment_id bigint,
    entry_ids bigint[]
) on commit drop
