-- What posted rows do to the masters and the general ledger; amounts in cents, units in ten-thousandths, signed.
create temporary table if not exists posting_effect (
    Job text not null,
    Extra text not null,
    Cost_Code text not null,
    Category text not null,
    Amount integer not null,
    Units integer not null,
    Relieves integer not null,
    Commitment text not null,
    Item integer,
    Debit_Account text not null,
    Credit_Account text not null,
    Transaction_Date text not null,
    Accounting_Date text not null,
    Description text not null,
    Application_of_Origin text not null,
    Batch text not null
);
