-- Material classes of the catalogue against the mappings in force on a day; one row.
with class as (
    select
        i.material_class,
        exists(
            select
            from core.mapping as m
            where
                m.company_id = i.company_id and m.material_class = i.material_class
                and %(day)s between m.effective_from and coalesce(m.effective_to, 'infinity')
        ) as is_mapped
    from core.item as i
    where i.company_id = %(company_id)s and i.material_class <> ''
    group by i.company_id, i.material_class
)

select
    'sage.mappings' as name,
    count(*) filter (where not is_mapped) = 0 and count(*) > 0 as is_good,
    count(*) || ' material classes, without a mapping: '
    || coalesce(string_agg(material_class, ', ' order by material_class) filter (where not is_mapped), 'none') as found,
    'every material class leads to codes on ' || %(day)s as expected,
    case
        when count(*) = 0 then 'let the feed ITEM arrive'
        else
            'propose them (docs/setup.md, 3) and let another person approve; until then events without codes and'
            || ' PO line wait as untagged'
    end as next_step
from class
