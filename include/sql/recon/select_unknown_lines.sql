-- Lines to refuse that a run does not propose; one row per line.
select w.line
from unnest(%(refused_lines)s::text[]) as w (line)
where
    not exists (
        select
        from recon.proposal_line(%(run_no)s) as l
        where l.line = w.line
    )
order by w.line
