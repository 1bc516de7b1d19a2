-- What was returned for credit is ordered still: the reduction of its commitment is proposed, for a person to enter in
-- Sage (domain 6). Kept among the proposals of a reconciliation, and approved with them.
alter table recon.proposed_event
drop constraint proposed_event_event_type_check,
add constraint proposed_event_event_type_check check (event_type in ('returned', 'counted', 'commitment_reduced'));
comment on column recon.proposed_event.event_type
is 'returned and counted: an event RunBlu is to record; commitment_reduced: a change order Sage''s people are to enter';
