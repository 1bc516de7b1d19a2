-- Master data whose last change RunBlu was not told yet, at most %(most_rows)s; one row per record of the mirror.
with record as (
    select
        'job' as kind,
        concat_ws('|', 'job', r.job) as record_key,
        r.transfer_id,
        to_jsonb(r) as content
    from core.job as r
    where r.company_id = %(company_id)s
    union all
    select
        'extra' as kind,
        concat_ws('|', 'extra', r.job, r.extra) as record_key,
        r.transfer_id,
        to_jsonb(r) as content
    from core.extra as r
    where r.company_id = %(company_id)s
    union all
    select
        'cost_code' as kind,
        concat_ws('|', 'cost_code', r.job, r.extra, r.cost_code) as record_key,
        r.transfer_id,
        to_jsonb(r) as content
    from core.cost_code as r
    where r.company_id = %(company_id)s
    union all
    select
        'category' as kind,
        concat_ws('|', 'category', r.job, r.extra, r.cost_code, r.category) as record_key,
        r.transfer_id,
        to_jsonb(r) as content
    from core.category as r
    where r.company_id = %(company_id)s
    union all
    select
        'standard_cost_code' as kind,
        concat_ws('|', 'standard_cost_code', r.cost_code) as record_key,
        r.transfer_id,
        to_jsonb(r) as content
    from core.standard_cost_code as r
    where r.company_id = %(company_id)s
    union all
    select
        'standard_category' as kind,
        concat_ws('|', 'standard_category', r.category) as record_key,
        r.transfer_id,
        to_jsonb(r) as content
    from core.standard_category as r
    where r.company_id = %(company_id)s
    union all
    select
        'vendor' as kind,
        concat_ws('|', 'vendor', r.vendor) as record_key,
        r.transfer_id,
        to_jsonb(r) as content
    from core.vendor as r
    where r.company_id = %(company_id)s
    union all
    select
        'item' as kind,
        concat_ws('|', 'item', r.standard_item) as record_key,
        r.transfer_id,
        to_jsonb(r) as content
    from core.item as r
    where r.company_id = %(company_id)s
    union all
    select
        'commitment' as kind,
        concat_ws('|', 'commitment', r.commitment) as record_key,
        r.transfer_id,
        to_jsonb(r) as content
    from core.commitment as r
    where r.company_id = %(company_id)s
    union all
    select
        'commitment_item' as kind,
        concat_ws('|', 'commitment_item', r.commitment, r.item_number) as record_key,
        r.transfer_id,
        to_jsonb(r) as content
    from core.commitment_item as r
    where r.company_id = %(company_id)s
    union all
    select
        'change_order' as kind,
        concat_ws('|', 'change_order', r.commitment, r.change_order) as record_key,
        r.transfer_id,
        to_jsonb(r) - 'close_count' as content
    from core.change_order as r
    where r.company_id = %(company_id)s
    union all
    select
        'change_order_item' as kind,
        concat_ws('|', 'change_order_item', r.commitment, r.change_order, r.item_number) as record_key,
        r.transfer_id,
        to_jsonb(r) as content
    from core.change_order_item as r
    where r.company_id = %(company_id)s
)

select
    r.record_key,
    r.transfer_id::text as version,
    jsonb_build_object(
        'kind', r.kind, 'company_id', %(company_id)s, 'version', r.transfer_id::text,
        'record', outbox.text_document(r.content - 'company_id' - 'transfer_id')
    )::text as document
from record as r
left join outbox.runblu_record as t
    on t.company_id = %(company_id)s and t.flow = 'MASTER' and t.record_key = r.record_key
where t.version is distinct from r.transfer_id::text
order by r.transfer_id, r.record_key
limit %(most_rows)s
