-- Working table of one landing: the broken rows as exceptions, one row per record and rule; what only informs stays
-- out. Rows that share a key become one exception with all of them in its payload.
create temporary table staged_exception on commit drop as
with rules as (
    select
        r.name,
        r.promise,
        r.remedy
    from jsonb_to_recordset(%(rules)s::jsonb) as r (name text, promise text, remedy text)
),

broken as (
    select
        case
            when s.record_key = %(empty_key)s then %(file_name)s || ' row ' || s.row_no
            else s.record_key
        end as record_key,
        v.rule,
        r.promise || coalesce('; found ' || quote_literal(v.found), '') as reason,
        r.remedy,
        s.row_no,
        jsonb_strip_nulls(to_jsonb(s) - array['row_no', 'record_key', 'is_object', 'document']) as payload
    from staged_violation as v
    inner join rules as r on r.name = v.rule
    inner join staged_row as s on s.row_no = v.row_no
)

select
    b.record_key,
    b.rule,
    min(b.reason) || ' in row ' || min(b.row_no) || ' of ' || %(file_name)s as reason,
    min(b.remedy) as remedy,
    case when count(*) = 1 then (array_agg(b.payload))[1] else jsonb_agg(b.payload order by b.row_no) end as payload
from broken as b
group by b.record_key, b.rule
