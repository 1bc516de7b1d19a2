-- Decide every line of a run with its run: refused are those of a refused run and those named, each with its reason; an
-- entry of others and the adjustment that reverses it stand or fall together. One row per line.
with named as (
    select
        w.line,
        w.reason
    from unnest(%(refused_lines)s::text[], %(refused_reasons)s::text[]) as w (line, reason)
),

together as (
    select
        'A' || a.adjustment_id as adjustment,
        'E' || f.decision_id as entry
    from recon.foreign_decision as f
    inner join recon.adjustment as a
        on a.company_id = f.company_id and a.run_no = f.run_no and a.corrects_reference = f.row_id
    where f.company_id = %(company_id)s and f.run_no = %(run_no)s and f.decision = 'reverse'
),

refused as (
    select distinct on (r.line)
        r.line,
        r.reason
    from (
        select
            0 as place,
            n.line,
            n.reason
        from named as n
        union all
        select
            1 as place,
            case n.line when t.entry then t.adjustment else t.entry end as line,
            n.reason
        from named as n
        inner join together as t on n.line in (t.entry, t.adjustment)
    ) as r
    order by r.line asc, r.place asc
)

insert into recon.line_decision (run_no, line, company_id, decision, reason, line_hash, approval_id)
select
    %(run_no)s,
    l.line,
    %(company_id)s,
    case when r.line is null then %(decision)s else 'refused' end as decision,
    coalesce(
        r.reason,
        case when %(decision)s = 'approved' then %(comment)s::text end,
        nullif(%(comment)s, ''),
        'the whole proposal was refused'
    ) as reason,
    l.line_hash,
    %(approval_id)s
from recon.proposal_line(%(run_no)s) as l
left join refused as r on r.line = l.line
