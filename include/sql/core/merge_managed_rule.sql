-- Keep the company's rules for managed lines as its profile lists them; one row per rule number.
insert into core.managed_rule as kept (company_id, rule_no, commitment_type, material_class, cutover, approved_by)
values (%(company_id)s, %(rule_no)s, %(commitment_type)s, %(material_class)s, %(cutover)s, %(approved_by)s)
on conflict (company_id, rule_no) do update set
    commitment_type = excluded.commitment_type,
    material_class = excluded.material_class,
    cutover = excluded.cutover,
    approved_by = excluded.approved_by
where exists (
    select
        kept.commitment_type,
        kept.material_class,
        kept.cutover,
        kept.approved_by
    except
    select
        excluded.commitment_type,
        excluded.material_class,
        excluded.cutover,
        excluded.approved_by
)
