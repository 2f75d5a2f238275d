-- Who runs a flow. The epoch grows with each owner; every commit of an owner names its own.
create table weavster.flow (
    project text not null,
    flow    text not null,
    epoch   bigint not null,
    owner   text not null,
    since   timestamptz not null default now(),
    primary key (project, flow)
);

-- How far each partition of a flow's input is read and settled.
create table weavster.checkpoint (
    project   text not null,
    flow      text not null,
    partition text not null,
    position  jsonb not null,
    epoch     bigint not null,
    at        timestamptz not null default now(),
    primary key (project, flow, partition)
);

-- How far each output outside of this database is written: what lies beyond the mark is cut off at a start.
create table weavster.output (
    project  text not null,
    resource text not null,
    flow     text not null,
    mark     jsonb not null,
    at       timestamptz not null default now(),
    primary key (project, resource)
);

-- Messages, or their ways to one output, that failed. jsonb couldn't hold every payload; bytes can.
create table weavster.dead_letter (
    id      bigint generated always as identity primary key,
    project text not null,
    flow    text not null,
    output  text,
    step    text,
    code    text not null,
    error   text not null,
    field   text,
    source  text not null,
    at      timestamptz not null,
    payload bytea not null
);
create index on weavster.dead_letter (project, flow, id);
