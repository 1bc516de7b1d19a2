-- Lines to refuse that a run does not propose; one row per line.
select w.line
from unnest(%(refused_lines)s::text[]) as w (line)
left join recon.proposal_line(%(run_no)s) as l on l.line = w.line
where l.line is null
order by w.line
