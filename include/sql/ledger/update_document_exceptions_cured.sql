-- Close the exceptions of documents that arrived again in good form: what came last under an event id decides. An id
-- that was used twice is cured when the content lands under an id of its own.
with last_word as (
    select distinct on (t.company_id, coalesce(nullif(btrim(t.outer_event_id), ''), t.event_id))
        t.company_id,
        coalesce(nullif(btrim(t.outer_event_id), ''), t.event_id) as record_key,
        t.rule
    from typed_event as t
    order by t.company_id asc, coalesce(nullif(btrim(t.outer_event_id), ''), t.event_id) asc, t.row_no desc
)

update audit.exception as x
set closed_at = now(), closed_by = 'landing'
where
    x.record_kind = 'event_document'
    and x.closed_at is null
    and (
        (
            x.rule <> 'event_id_reused'
            and exists (
                select
                from last_word as w
                where
                    w.company_id = x.company_id and w.record_key = x.record_key
                    and (w.rule is null or w.rule = 'repeat')
            )
        )
        or (
            x.rule = 'event_id_reused'
            and exists (
                select
                from typed_event as t
                where
                    t.rule is null and t.company_id = x.company_id and t.event_id <> x.record_key
                    and t.document - 'event_id'
                    = case jsonb_typeof(x.payload) when 'object' then x.payload - 'event_id' end
            )
        )
    )
