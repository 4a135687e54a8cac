-- +goose Up
-- Relays that were not served: beside the ledger's equation, for they never were in the log.

CREATE TABLE IF NOT EXISTS refusals
(
    `relayer`     String COMMENT 'Incarnation of the relayer process that refused',
    `number`      UInt64 COMMENT 'This incarnation''s n-th report, from 1; with relayer and what is counted it names a count',
    `session_id`  String COMMENT '64 lower-case hex digits; empty: the request names no session that the chain has',
    `supplier`    LowCardinality(String) COMMENT 'Operator address; empty: none whose key the relayer has',
    `application` LowCardinality(String) COMMENT 'Application address; empty as session_id',
    `service`     LowCardinality(String) COMMENT 'Service id; empty: none that the relayer serves',
    `end_height`  Int64 COMMENT 'Last block of the session; 0 as session_id is empty' CODEC(Delta, ZSTD),
    `cause`       LowCardinality(String) COMMENT 'Why, as in lode_relayer_relays_refused_total; backend_status: the backend''s own error, which nobody pays for; answered_…: an optimistic service had answered before the check failed',
    `gateway`     LowCardinality(String) COMMENT 'As in relays, where the session is known; forged requests count to it, too',
    `gateway_by`  LowCardinality(String) COMMENT 'As in relays',
    `backend`     LowCardinality(String) COMMENT 'Backend that failed; empty: it was none''s fault',
    `region`      LowCardinality(String) COMMENT 'Where the relayer says that it is',
    `until`       DateTime64(9, 'UTC') COMMENT 'When it was counted up to, by the relayer''s clock' CODEC(Delta, ZSTD),
    `relays`      UInt64 COMMENT 'Relays refused since the report before' CODEC(ZSTD)
)
ENGINE = ReplacingMergeTree -- a report never changes
ORDER BY (session_id, supplier, cause, application, service, end_height, gateway, gateway_by, backend, relayer, number) -- the ledger reads sessions
COMMENT 'Relays that relayers refused, counted by session and cause. Source: lode.relay.refused';

-- +goose Down
DROP TABLE IF EXISTS refusals;
