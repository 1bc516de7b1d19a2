-- A changed row of the mirror finds room on its own page: no index learns of it, and one page goes into the write-ahead
-- log instead of the old one, the new one and a leaf of each index. For pages that are written from now on.
alter table core.job_cost_transaction set (fillfactor = 90);
alter table core.ledger_transaction set (fillfactor = 90);
alter table core.commitment set (fillfactor = 90);
alter table core.commitment_item set (fillfactor = 90);
alter table core.cost_code set (fillfactor = 90);
alter table core.category set (fillfactor = 90);

-- No plan asks what is only shown or added up; sorting samples of it was most of the mirror's statistics, which are
-- taken anew whenever it grows by much.
alter table core.job_cost_transaction
alter column run set statistics 0,
alter column sequence set statistics 0,
alter column description set statistics 0,
alter column units set statistics 0,
alter column unit_cost set statistics 0,
alter column amount set statistics 0,
alter column credit_account set statistics 0,
alter column amount_retainage set statistics 0,
alter column amount_type set statistics 0,
alter column standard_item set statistics 0,
alter column operator_stamp set statistics 0,
alter column stamped_at set statistics 0,
alter column row_version set statistics 0;
