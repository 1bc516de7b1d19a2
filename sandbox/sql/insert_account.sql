-- Sets up a general ledger account once; grain: one account.
insert into GLM_MASTER__ACCOUNT (Account, Account_Title, Account_Type)
values (:Account, :Account_Title, :Account_Type)
on conflict (Account) do nothing
