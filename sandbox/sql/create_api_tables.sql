-- What the hosted side remembers beside the company folder: documents as last served, what was sent, who is at work.
create table if not exists SANDBOX_API_DOCUMENT (
    Resource text not null,
    Id text not null,
    Parent text not null,
    Version integer not null,
    Body text not null,
    Is_Gone integer not null default 0,
    primary key (Resource, Id)
);
create index if not exists SANDBOX_API_BY_VERSION on SANDBOX_API_DOCUMENT (Resource, Version);

-- Direct costs and documents as sent; Operation_Id appears with the second step of the write.
create table if not exists SANDBOX_API_WRITE (
    Id text not null primary key,
    Kind text not null check (Kind in ('direct-cost', 'document')),
    Version integer not null,
    Body text not null,
    Created_On text not null,
    State integer not null,
    Operation_Id text
);

create table if not exists SANDBOX_API_OPERATION (
    Id text not null primary key,
    Entity_Id text not null,
    Created_On text not null,
    Completed_On text
);
create index if not exists SANDBOX_API_OPEN on SANDBOX_API_OPERATION (Completed_On);

create table if not exists SANDBOX_API_FAILURE (
    Id text not null primary key,
    Entity_Id text not null,
    Error_Message text not null,
    Created_On text not null,
    Version integer not null
);

-- Receiving confirmations that arrived as documents: what a clerk works off.
create table if not exists SANDBOX_API_RECEIPT (
    Document_Id text not null,
    Position integer not null,
    Body text not null,
    primary key (Document_Id, Position)
);
