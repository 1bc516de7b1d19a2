-- Work table of what one check finds now; one row per record and rule; gone at commit.
create temporary table if not exists finding (
    record_key text not null,
    rule_code text not null,
    reason text not null,
    remedy text not null,
    owner_name text not null,
    payload jsonb not null
) on commit drop
