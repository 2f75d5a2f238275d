-- Processes that run flows of a project. One that wasn't seen for a while, or whose session is gone, is declared dead: what it
-- held is taken over. One that turns out to live goes on, with what nobody has taken.
create table weavster.process (
    id      text primary key,
    project text not null,
    name    text not null, -- for people: process 7 on host
    since   timestamptz not null default now(),
    seen    timestamptz not null default now(),
    dead    timestamptz
);

-- Who runs a flow, or reads one partition of its input. Scope is the partition, or '' for all of the flow. The epoch grows with
-- each owner; every commit of an owner names its own. A process of an older version, which knows the table that this one
-- replaces, can't commit any more.
create table weavster.lease (
    project text not null,
    flow    text not null,
    scope   text not null,
    epoch   bigint not null,
    process text, -- null: nobody
    since   timestamptz not null default now(),
    primary key (project, flow, scope)
);
insert into weavster.lease (project, flow, scope, epoch, since) select project, flow, '', epoch, since from weavster.flow;
drop table weavster.flow;

-- Batches that wait. Those without an output are a flow's inbox: what came by an input that can't be read again or over a
-- bridge, is tried again or replayed. Those with one are rows that the output couldn't take while it was away; they keep the
-- order of their scope, the partition of the input that they came from.
create table weavster.batch (
    id       bigint generated always as identity primary key,
    project  text not null,
    flow     text not null,
    output   text not null default '',
    scope    text not null default '',
    attempt  int not null default 0,    -- how often its rows were refused already
    due      timestamptz not null default now(),
    claim    bigint not null default 0, -- grows with each process that takes the batch; who settles it names its own
    messages int not null,
    bytes    bigint not null,
    at       timestamptz not null default now(),
    body     bytea not null
);
alter table weavster.batch alter column body set storage external;
create index on weavster.batch (project, flow, output, scope, id);

-- The flows that read a bridge: each gets every message, in its inbox.
create table weavster.bridge (
    project text not null,
    bridge  text not null,
    flow    text not null,
    since   timestamptz not null default now(),
    primary key (project, bridge, flow)
);

-- What a dead letter is replayed from, and what became of it.
alter table weavster.dead_letter
    add column partition text,               -- of the input
    add column line      bigint,             -- the message's number in it
    add column now       timestamptz,        -- the time that the flow saw
    add column meta      bytea,              -- the message's metadata, as JSON
    add column sensitive text[],             -- JSON pointers of what is masked where the message is shown
    add column attempts  int not null default 0, -- how often it was replayed
    add column state     text not null default 'open' check (state in ('open', 'replaying', 'replayed', 'dropped')),
    add column settled   timestamptz;
create index on weavster.dead_letter (project, state, at);

-- Who did what to dead letters, checkpoints and flows.
create table weavster.audit (
    id      bigint generated always as identity primary key,
    project text not null,
    at      timestamptz not null default now(),
    actor   text not null,
    action  text not null,
    flow    text,
    object  text,
    detail  text
);
create index on weavster.audit (project, at);

-- Flows that somebody paused, in every process.
create table weavster.pause (
    project text not null,
    flow    text not null,
    actor   text not null,
    since   timestamptz not null default now(),
    primary key (project, flow)
);

-- The last time that a schedule fired.
create table weavster.schedule (
    project text not null,
    flow    text not null,
    fired   timestamptz not null,
    primary key (project, flow)
);

-- Keys of messages that senders may send again.
create table weavster.idempotency (
    project text not null,
    flow    text not null,
    key     text not null,
    batch   bigint not null,
    at      timestamptz not null default now(),
    primary key (project, flow, key)
);
create index on weavster.idempotency (at);
