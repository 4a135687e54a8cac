-- +goose Up
-- Claims as the chain tells them. No event but the settlement names the session id: a claim's natural key is
-- (supplier, application, service, session end height). Amounts are whole upokt.

CREATE TABLE IF NOT EXISTS claims
(
    `supplier`                LowCardinality(String) COMMENT 'Operator address',
    `application`             LowCardinality(String) COMMENT 'Application address',
    `service`                 LowCardinality(String) COMMENT 'Service id',
    `session_end_height`      Int64 COMMENT 'Last block of the session',
    `num_relays`              UInt64 COMMENT 'Leaves of the claimed tree',
    `compute_units`           UInt64 COMMENT 'Sum of the claimed tree',
    `estimated_relays`        UInt64 COMMENT 'Leaves scaled by difficulty',
    `claimed_upokt`           UInt128 COMMENT 'Value by the chain''s formula, before caps',
    `updated`                 Bool COMMENT 'A later claim of the same window replaced an earlier one',
    `height`                  Int64 COMMENT 'Height of the newest claim',
    `event_index`             UInt32 COMMENT 'Event in that block',
    `tx_index`                UInt32 COMMENT 'Transaction in that block, see txs',
    `time`                    DateTime64(9, 'UTC') COMMENT 'Time of that block',
    `version`                 UInt64 COMMENT 'height * 2^24 + event_index: the newest claim wins'
)
ENGINE = ReplacingMergeTree(version) -- the chain itself keeps the newest claim
PARTITION BY intDiv(session_end_height, 10000) -- a claim lies in one partition; a week of mainnet each
ORDER BY (session_end_height, supplier, application, service) -- ranges of time are read
COMMENT 'Newest claim for each key. Source: EventClaimCreated and EventClaimUpdated';

CREATE TABLE IF NOT EXISTS proofs
(
    `supplier`           LowCardinality(String) COMMENT 'Operator address',
    `application`        LowCardinality(String) COMMENT 'Application address',
    `service`            LowCardinality(String) COMMENT 'Service id',
    `session_end_height` Int64 COMMENT 'Last block of the session',
    `status`             LowCardinality(String) COMMENT 'PENDING_VALIDATION, VALIDATED or INVALID',
    `failure_reason`     String COMMENT 'Why the proof is invalid; empty otherwise',
    `height`             Int64 COMMENT 'Height of the check',
    `event_index`        UInt32 COMMENT 'Event in that block',
    `time`               DateTime64(9, 'UTC') COMMENT 'Time of that block',
    `version`            UInt64 COMMENT 'height * 2^24 + event_index: the newest check wins'
)
ENGINE = ReplacingMergeTree(version) -- a later proof in the window replaces an earlier one
PARTITION BY intDiv(session_end_height, 10000) -- a claim lies in one partition; a week of mainnet each
ORDER BY (session_end_height, supplier, application, service) -- ranges of time are read
COMMENT 'Newest proof check for each claim. Source: EventProofValidityChecked';

CREATE TABLE IF NOT EXISTS claim_failures
(
    `supplier`           LowCardinality(String) COMMENT 'Operator address',
    `application`        LowCardinality(String) COMMENT 'Application address',
    `service`            LowCardinality(String) COMMENT 'Service id',
    `session_end_height` Int64 COMMENT 'Last block of the session',
    `kind`               LowCardinality(String) COMMENT 'expired, discarded, slashed or overserviced',
    `reason`             String COMMENT 'expired: the chain''s reason; discarded: its error; otherwise empty',
    `num_relays`         UInt64 COMMENT 'expired: leaves of the claim; otherwise 0',
    `compute_units`      UInt64 COMMENT 'expired: sum of the claim; otherwise 0',
    `upokt`              UInt128 COMMENT 'expired: claimed value; slashed: penalty taken; overserviced: expected burn; discarded: 0',
    `effective_upokt`    UInt128 COMMENT 'overserviced: what was burnt; slashed: stake left; otherwise 0',
    `height`             Int64 COMMENT 'Settlement height',
    `event_index`        UInt32 COMMENT 'Event in that block',
    `time`               DateTime64(9, 'UTC') COMMENT 'Time of that block',
    `version`            UInt64 COMMENT 'height * 2^24 + event_index'
)
ENGINE = ReplacingMergeTree(version) -- each kind happens at most once to a claim
PARTITION BY intDiv(session_end_height, 10000)
ORDER BY (session_end_height, supplier, application, service, kind)
COMMENT 'What went wrong with claims. Source: EventClaimExpired, EventClaimDiscarded, EventSupplierSlashed, EventApplicationOverserviced';

-- +goose Down
DROP TABLE IF EXISTS claim_failures;
DROP TABLE IF EXISTS proofs;
DROP TABLE IF EXISTS claims;
