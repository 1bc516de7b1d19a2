-- Which feeds of Sage ever landed and how old the newest is; one row per feed that is asked for.
select
    'sage.feed ' || f.feed as name,
    w.seq is not null and (f.seconds is null or w.extracted_at >= %(now)s - f.seconds * interval '1 second') as is_good,
    coalesce(
        'number ' || w.seq || ' with ' || w.row_count || ' rows, read in Sage '
        || to_char(w.extracted_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC',
        'never arrived'
    ) as found,
    coalesce('not older than ' || (f.seconds / 60)::bigint || ' minutes', 'arrived once') as expected,
    case
        when w.seq is null
            then
                'switch the feed on in the agent and extract it (agent extract --flows ' || f.feed
                || '); refused ones stand in mart.transfer with their reason'
        else 'see that agent and DAG of the flow run: mart.data_flow says when it is due'
    end as next_step
from jsonb_to_recordset(%(feeds)s) as f (feed text, seconds numeric)
left join audit.watermark as w
    on w.company_id = %(company_id)s and w.environment = %(environment)s and w.flow = f.feed
