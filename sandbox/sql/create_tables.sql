-- The tables of one Sage company folder (standard-mode names) and, below, what the stand-in itself must remember.
-- Amounts are text with 2 decimals, units with 4, unit costs with 6; dates ISO text; yes / no is 1 / 0.
-- Stamps are the clock of Sage's server, which stands on UTC here. * = name inferred, see docs/sandbox.md.
create table JCM_MASTER__JOB (
    Job text not null primary key check (length(Job) between 1 and 12),
    Description text not null default '' check (length(Description) <= 30),
    Status text not null check (Status in ('Unstarted', 'In progress', 'Closed')),
    On_Hold integer not null default 0 check (On_Hold in (0, 1)),
    Cost_Account_Prefix text not null default '' check (length(Cost_Account_Prefix) <= 22)
);

create table JCM_MASTER__EXTRA (
    Job text not null references JCM_MASTER__JOB,
    Extra text not null check (length(Extra) between 1 and 10),
    Description text not null default '' check (length(Description) <= 30),
    Status text not null check (Status in ('Unstarted', 'In progress', 'Closed')),
    primary key (Job, Extra)
);

create table JCM_MASTER__COST_CODE (
    Job text not null references JCM_MASTER__JOB,
    Extra text not null default '',
    Cost_Code text not null check (length(Cost_Code) between 1 and 13),
    Description text not null default '' check (length(Description) <= 30),
    Group_Cost_Code integer not null default 0 check (Group_Cost_Code in (0, 1)),
    Status text not null check (Status in ('Unstarted', 'In progress', 'Closed')),
    Accumulate_As text not null default '',
    Cost_Unit_Description text not null default '' check (length(Cost_Unit_Description) <= 6),
    Cost_Account text not null default '' check (length(Cost_Account) <= 25),
    Original_Estimate text not null default '0.00',
    JTD_Cost text not null default '0.00',
    Revised_Commitment text not null default '0.00',
    Commitment_Invoiced text not null default '0.00',
    primary key (Job, Extra, Cost_Code)
);

create table JCM_MASTER__CATEGORY (
    Job text not null,
    Extra text not null default '',
    Cost_Code text not null,
    Category text not null check (length(Category) between 1 and 3),
    Description text not null default '' check (length(Description) <= 30),
    Status text not null check (Status in ('Unstarted', 'In progress', 'Closed')),
    Accumulate_As text not null,
    Cost_Unit_Description text not null default '' check (length(Cost_Unit_Description) <= 6),
    Cost_Account text not null default '' check (length(Cost_Account) <= 25),
    Original_Estimate text not null default '0.00',
    JTD_Cost text not null default '0.00',
    primary key (Job, Extra, Cost_Code, Category),
    foreign key (Job, Extra, Cost_Code) references JCM_MASTER__COST_CODE
);

create table JCM_MASTER__STANDARD_COST_CODE (
    Cost_Code text not null primary key check (length(Cost_Code) between 1 and 13),
    Description text not null default '' check (length(Description) <= 30),
    Group_Cost_Code integer not null default 0 check (Group_Cost_Code in (0, 1)),
    Accumulate_As text not null default '',
    Cost_Unit_Description text not null default '' check (length(Cost_Unit_Description) <= 6)
);

create table JCM_MASTER__STANDARD_CATEGORY (
    Category text not null primary key check (length(Category) between 1 and 3),
    Description text not null default '' check (length(Description) <= 30),
    Accumulate_As text not null check (
        Accumulate_As in ('Labor', 'Material', 'Subcontract', 'Equipment', 'Overhead', 'Other')
    )
);

create table APM_MASTER__VENDOR (
    Vendor text not null primary key check (length(Vendor) between 1 and 10),
    Name text not null default '' check (length(Name) <= 60),
    Address_1 text not null default '' check (length(Address_1) <= 33),
    City text not null default '' check (length(City) <= 30),
    State text not null default '' check (length(State) <= 4),
    ZIP text not null default '' check (length(ZIP) <= 10),
    Is_Active integer not null default 1 check (Is_Active in (0, 1))
);

create table GLM_MASTER__ACCOUNT (
    Account text not null primary key check (length(Account) between 1 and 25),
    Account_Title text not null default '' check (length(Account_Title) <= 40),
    Account_Type text not null default ''
);

-- * Stands for the material catalog, whose tables are not public.
create table STANDARD_ITEM (
    Standard_Item text not null primary key check (length(Standard_Item) between 1 and 10),
    Description text not null default '' check (length(Description) <= 60),
    Stocking_Unit text not null default '' check (length(Stocking_Unit) <= 6),
    Material_Class text not null default '' check (length(Material_Class) <= 20),
    Standard_Cost text not null default '0.000000'
);

create table JCM_MASTER__COMMITMENT (
    Commitment text not null primary key check (length(Commitment) between 1 and 12),
    Description text not null default '' check (length(Description) <= 30),
    Commitment_Type text not null check (Commitment_Type in ('Subcontract', 'Purchase order')),
    Vendor text not null references APM_MASTER__VENDOR,
    Job text not null references JCM_MASTER__JOB,
    Commitment_Date text not null,
    Closed integer not null default 0 check (Closed in (0, 1)),
    Amount text not null default '0.00',
    Approved_Changes text not null default '0.00',
    Amount_Invoiced text not null default '0.00'
);

-- *
create table JCM_MASTER__COMMITMENT_ITEM (
    Commitment text not null references JCM_MASTER__COMMITMENT,
    Item integer not null check (Item between 1 and 99999),
    Description text not null default '' check (length(Description) <= 30),
    Job text not null,
    Extra text not null default '',
    Cost_Code text not null,
    Category text not null,
    Standard_Item text not null default '' check (length(Standard_Item) <= 10),
    Units text not null default '0.0000',
    Unit_Cost text not null default '0.000000',
    Unit_Description text not null default '' check (length(Unit_Description) <= 6),
    Amount text not null default '0.00',
    Tax text not null default '0.00',
    Approved_Changes text not null default '0.00',
    Amount_Invoiced text not null default '0.00',
    Units_Invoiced text not null default '0.0000',
    primary key (Commitment, Item),
    foreign key (Job, Extra, Cost_Code, Category) references JCM_MASTER__CATEGORY
);

create table JCM_MASTER__COMMITMENT_CO (
    Commitment text not null references JCM_MASTER__COMMITMENT,
    Commitment_CO text not null check (length(Commitment_CO) between 1 and 10),
    Description text not null default '' check (length(Description) <= 30),
    "Date" text not null,
    Status text not null check (Status in ('Approved', 'Pending')),
    Date_Stamp text not null,
    Time_Stamp text not null,
    primary key (Commitment, Commitment_CO)
);

-- *
create table JCM_MASTER__COMMITMENT_CO_ITEM (
    Commitment text not null,
    Commitment_CO text not null,
    Item integer not null,
    Description text not null default '' check (length(Description) <= 30),
    Units text not null default '0.0000',
    Unit_Cost text,
    Amount text not null default '0.00',
    primary key (Commitment, Commitment_CO, Item),
    foreign key (Commitment, Commitment_CO) references JCM_MASTER__COMMITMENT_CO,
    foreign key (Commitment, Item) references JCM_MASTER__COMMITMENT_ITEM
);

create table JCT_CURRENT__TRANSACTION (
    Row_ID text not null primary key check (length(Row_ID) <= 36),
    Run integer not null,
    Sequence integer not null,
    Job text not null,
    Extra text not null default '',
    Cost_Code text not null,
    Category text not null,
    Transaction_Type text not null,
    Transaction_Date text not null,
    Accounting_Date text not null,
    Description text not null default '' check (length(Description) <= 30),
    Units text not null default '0.0000',
    Unit_Cost text not null default '0.000000',
    Amount text not null,
    Debit_Account text not null default '' check (length(Debit_Account) <= 25),
    Credit_Account text not null default '' check (length(Credit_Account) <= 25),
    Application_of_Origin text not null check (length(Application_of_Origin) <= 3),
    Batch text not null default '' check (length(Batch) <= 10),
    Vendor text not null default '' check (length(Vendor) <= 10),
    Invoice text not null default '' check (length(Invoice) <= 15),
    Dist_Sequence integer,
    Commitment_Type text not null default '',
    Commitment text not null default '' check (length(Commitment) <= 12),
    Commitment_Line_Item integer,
    Retainage text not null default '0.00',
    Tax_ID text not null default '' check (length(Tax_ID) <= 6),
    Amount_Type text not null default '',
    Standard_Item text not null default '' check (length(Standard_Item) <= 10),
    Ref_1 text not null default '' check (length(Ref_1) <= 10),
    Ref_2 text not null default '' check (length(Ref_2) <= 10),
    Operator_Stamp text not null default '' check (length(Operator_Stamp) <= 20),
    Date_Stamp text not null,
    Time_Stamp text not null,
    Row_Version integer not null,
    unique (Run, Sequence),
    foreign key (Job, Extra, Cost_Code, Category) references JCM_MASTER__CATEGORY
);
create index JCT_CURRENT_BY_VERSION on JCT_CURRENT__TRANSACTION (Row_Version);
create index JCT_CURRENT_BY_INVOICE on JCT_CURRENT__TRANSACTION (Vendor, Invoice);

-- * Posted entries moved out of the current file; same columns.
create table JCT_HISTORY__TRANSACTION (
    Row_ID text not null primary key check (length(Row_ID) <= 36),
    Run integer not null,
    Sequence integer not null,
    Job text not null,
    Extra text not null default '',
    Cost_Code text not null,
    Category text not null,
    Transaction_Type text not null,
    Transaction_Date text not null,
    Accounting_Date text not null,
    Description text not null default '',
    Units text not null default '0.0000',
    Unit_Cost text not null default '0.000000',
    Amount text not null,
    Debit_Account text not null default '',
    Credit_Account text not null default '',
    Application_of_Origin text not null,
    Batch text not null default '',
    Vendor text not null default '',
    Invoice text not null default '',
    Dist_Sequence integer,
    Commitment_Type text not null default '',
    Commitment text not null default '',
    Commitment_Line_Item integer,
    Retainage text not null default '0.00',
    Tax_ID text not null default '',
    Amount_Type text not null default '',
    Standard_Item text not null default '',
    Ref_1 text not null default '',
    Ref_2 text not null default '',
    Operator_Stamp text not null default '',
    Date_Stamp text not null,
    Time_Stamp text not null,
    Row_Version integer not null
);

-- * Entered or imported, not yet posted; same columns. Run and Sequence are the entry's own until posting gives new ones.
create table JCT_NEW__TRANSACTION (
    Row_ID text not null primary key check (length(Row_ID) <= 36),
    Run integer not null,
    Sequence integer not null,
    Job text not null,
    Extra text not null default '',
    Cost_Code text not null,
    Category text not null,
    Transaction_Type text not null,
    Transaction_Date text not null,
    Accounting_Date text not null,
    Description text not null default '' check (length(Description) <= 30),
    Units text not null default '0.0000',
    Unit_Cost text not null default '0.000000',
    Amount text not null,
    Debit_Account text not null default '' check (length(Debit_Account) <= 25),
    Credit_Account text not null default '' check (length(Credit_Account) <= 25),
    Application_of_Origin text not null check (length(Application_of_Origin) <= 3),
    Batch text not null default '' check (length(Batch) <= 10),
    Vendor text not null default '' check (length(Vendor) <= 10),
    Invoice text not null default '' check (length(Invoice) <= 15),
    Dist_Sequence integer,
    Commitment_Type text not null default '',
    Commitment text not null default '' check (length(Commitment) <= 12),
    Commitment_Line_Item integer,
    Retainage text not null default '0.00',
    Tax_ID text not null default '' check (length(Tax_ID) <= 6),
    Amount_Type text not null default '',
    Standard_Item text not null default '' check (length(Standard_Item) <= 10),
    Ref_1 text not null default '' check (length(Ref_1) <= 10),
    Ref_2 text not null default '' check (length(Ref_2) <= 10),
    Operator_Stamp text not null default '' check (length(Operator_Stamp) <= 20),
    Date_Stamp text not null,
    Time_Stamp text not null,
    Row_Version integer not null,
    unique (Run, Sequence),
    foreign key (Job, Extra, Cost_Code, Category) references JCM_MASTER__CATEGORY
);

-- * Open and closed months per application.
create table PERIOD_STATUS (
    Period text not null check (length(Period) = 7),
    Application text not null check (Application in ('JC', 'AP', 'GL')),
    Status text not null check (Status in ('Open', 'Closed')),
    primary key (Period, Application)
);

-- * Two rows per posted cost or entry: the debit account's and the credit account's.
create table GLT_CURRENT__TRANSACTION (
    Row_ID text not null primary key check (length(Row_ID) <= 36),
    Account text not null check (length(Account) <= 25),
    Transaction_Date text not null,
    Accounting_Date text not null,
    Description text not null default '' check (length(Description) <= 30),
    Debit text not null default '0.00',
    Credit text not null default '0.00',
    Application_of_Origin text not null,
    Batch text not null default ''
);

-- Entries of the general ledger that were imported and not posted; where Sage keeps them is not public.
create table SANDBOX_LEDGER_ENTRY (
    Row_ID text not null primary key check (length(Row_ID) <= 36),
    Transaction_Date text not null,
    Accounting_Date text not null,
    Description text not null default '' check (length(Description) <= 30),
    Amount text not null,
    Debit_Account text not null default '' check (length(Debit_Account) <= 25),
    Credit_Account text not null default '' check (length(Credit_Account) <= 25),
    Batch text not null default ''
);

-- The stand-in's own memory; never exported.
create table SANDBOX_CONTROL (
    Name text not null primary key,
    Value text not null
);

-- Every import by the content of its file; Is_Delivered = 0 while the reject and print files wait to get their names.
create table SANDBOX_IMPORT (
    Import_Number integer not null primary key,
    Sha256 text not null,
    File_Name text not null,
    Imported_At text not null,
    Accepted integer not null,
    Rejected integer not null,
    Reject_Path text not null,
    Print_Path text not null,
    Is_Delivered integer not null
);
create index SANDBOX_IMPORT_BY_CONTENT on SANDBOX_IMPORT (Sha256);

-- Which posted row a scenario's invoice or a clerk's entry became.
create table SANDBOX_SOURCE (
    Source_ID text not null primary key,
    Row_ID text not null
);

-- What the scenario's clerk does by hand, and whether it has been done.
create table SANDBOX_CLERK_ENTRY (
    Entry_ID text not null primary key,
    Position integer not null unique,
    After_Period text not null,
    Entry text not null,
    Done_At text
);
