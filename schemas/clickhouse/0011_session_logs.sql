-- +goose Up
-- What the ledger needs of the relay log, for good: services/docs/adr/0016-what-is-kept-for-good.md. Relays themselves may
-- then expire, by setting raw_days of analytics.

CREATE TABLE IF NOT EXISTS session_logs
(
    `session_id`        String COMMENT '64 lower-case hex digits',
    `supplier`          LowCardinality(String) COMMENT 'Operator address',
    `application`       LowCardinality(String) COMMENT 'Application address',
    `service`           LowCardinality(String) COMMENT 'Service id',
    `start_height`      Int64 COMMENT 'First block of the session',
    `end_height`        Int64 COMMENT 'Last block of the session',
    `claim_open_height` Int64 COMMENT 'First height at which a claim is accepted',
    `compute_units`     UInt64 COMMENT 'Weight of a leaf',
    `served`            UInt64 COMMENT 'Sum over the relayers'' incarnations of their highest number',
    `numbers`           UInt64 COMMENT 'Distinct numbers of theirs that are in the log',
    `logged`            UInt64 COMMENT 'Entries of the log',
    `mined`             UInt64 COMMENT 'Distinct hashes below the target, of entries in the tree',
    `filtered`          UInt64 COMMENT 'Entries in the tree at or above the target',
    `duplicate`         UInt64 COMMENT 'Entries in the tree below the target, with an earlier one''s hash',
    `late`              UInt64 COMMENT 'Entries behind the seal',
    `log_sequence`      UInt64 COMMENT 'Last sequence that is in the tree; 0: no seal was known, all entries count as in it',
    `version`           UInt64 COMMENT 'Twice logged, and 1 more when the seal was known',
    `built_at`          DateTime64(9, 'UTC') COMMENT 'When this row was made, by the store''s clock'
)
ENGINE = ReplacingMergeTree(version) -- the log only grows and is sealed once: the row of most entries is right
ORDER BY (session_id, supplier)
COMMENT 'What the relay log said of a session and supplier. Source: relays and sessions';

ALTER TABLE relays ADD COLUMN IF NOT EXISTS `stored_at` DateTime('UTC') DEFAULT now() COMMENT 'When the row was stored, by the store''s clock: raw_days later it may be gone' CODEC(Delta, ZSTD);
ALTER TABLE relays MATERIALIZE COLUMN `stored_at`;
ALTER TABLE relays MODIFY SETTING ttl_only_drop_parts = 1;

-- +goose Down
ALTER TABLE relays RESET SETTING ttl_only_drop_parts;
ALTER TABLE relays REMOVE TTL;
ALTER TABLE relays DROP COLUMN IF EXISTS `stored_at`;
DROP TABLE IF EXISTS session_logs;
