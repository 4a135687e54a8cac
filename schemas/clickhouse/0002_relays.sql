-- +goose Up
-- The work: one row for each entry of the relay log.

CREATE TABLE IF NOT EXISTS relays
(
    `session_id`        String COMMENT '64 lower-case hex digits',
    `supplier`          LowCardinality(String) COMMENT 'Operator address',
    `application`       LowCardinality(String) COMMENT 'Application address',
    `service`           LowCardinality(String) COMMENT 'Service id: the model',
    `start_height`      Int64 COMMENT 'First block of the session',
    `end_height`        Int64 COMMENT 'Last block of the session',
    `grace_end_height`  Int64 COMMENT 'Last height at which relays are accepted',
    `claim_open_height` Int64 COMMENT 'First height at which a claim is accepted; the tree is sealed here',
    `stream_seq`        UInt64 COMMENT 'Sequence of the group in stream RELAYS',
    `position`          UInt32 COMMENT 'Position in the group, from 0; with stream_seq it names one log entry',
    `relayer`           String COMMENT 'Incarnation of the relayer process that answered',
    `number`            UInt64 COMMENT 'This incarnation''s n-th relay of the session, from 1 and without a gap',
    `relay_hash`        FixedString(32) COMMENT 'SHA-256 of the relay; equal hashes are one relay',
    `mined`             Bool COMMENT 'The hash is strictly below the session''s difficulty target',
    `compute_units`     UInt64 COMMENT 'Weight of the leaf, pinned at session start',
    `served_at`         DateTime64(9, 'UTC') COMMENT 'When the answer was sent, by the relayer''s clock',
    `status`            UInt32 COMMENT 'Status code of the backend''s answer',
    `backend_ns`        UInt64 COMMENT 'Time the backend took, in nanoseconds',
    `request_bytes`     UInt64 COMMENT 'Body as sent to the backend',
    `response_bytes`    UInt64 COMMENT 'Body as received from the backend',
    `prompt_tokens`     UInt64 COMMENT 'As the backend''s usage says; see usage_known',
    `completion_tokens` UInt64 COMMENT 'As the backend''s usage says; see usage_known',
    `usage_known`       Bool COMMENT 'false: the answer carried no usage, both token counts are 0'
)
ENGINE = ReplacingMergeTree -- a log entry never changes, so rows with one key are equal
PARTITION BY intDiv(end_height, 10000) -- a session lies in one partition; a week of mainnet each
ORDER BY (session_id, supplier, stream_seq, position)
COMMENT 'Answered relays, one row for each log entry. Source: lode.relay.served.*.*';

CREATE TABLE IF NOT EXISTS sessions
(
    `session_id`        String COMMENT '64 lower-case hex digits',
    `supplier`          LowCardinality(String) COMMENT 'Operator address',
    `application`       LowCardinality(String) COMMENT 'Application address',
    `service`           LowCardinality(String) COMMENT 'Service id: the model',
    `start_height`      Int64 COMMENT 'First block of the session',
    `end_height`        Int64 COMMENT 'Last block of the session',
    `grace_end_height`  Int64 COMMENT 'Last height at which relays are accepted',
    `claim_open_height` Int64 COMMENT 'First height at which a claim is accepted',
    `compute_units_per_relay` UInt64 COMMENT 'Weight of every leaf, pinned at session start',
    `target_hash`       String COMMENT 'Difficulty target at session start, 64 hex digits',
    `root`              String COMMENT 'Root: digest, sum, count; 96 hex digits, empty when mined is 0',
    `logged`            UInt64 COMMENT 'Relays of the session in the log up to log_sequence',
    `mined`             UInt64 COMMENT 'Leaves of the tree',
    `filtered`          UInt64 COMMENT 'Relays at or above the target',
    `duplicate`         UInt64 COMMENT 'Relays with the hash of an earlier one',
    `log_sequence`      UInt64 COMMENT 'Last RELAYS sequence that is in the tree; a later relay came too late',
    `sealed_height`     Int64 COMMENT 'Height at which the hasher sealed',
    `stream_seq`        UInt64 COMMENT 'Sequence of the fact in stream SESSIONS',
    `precedence`        UInt64 COMMENT '2^64 - 1 - stream_seq: the first fact wins, as it does for all who hear it'
)
ENGINE = ReplacingMergeTree(precedence) -- keeps the first fact said for a key
ORDER BY (session_id, supplier)
COMMENT 'Sealed trees, one row for each session and supplier. Source: lode.session.sealed.*.*';

CREATE TABLE IF NOT EXISTS obligations
(
    `session_id`         String COMMENT '64 lower-case hex digits',
    `supplier`           LowCardinality(String) COMMENT 'Operator address',
    `application`        LowCardinality(String) COMMENT 'Application address',
    `service`            LowCardinality(String) COMMENT 'Service id: the model',
    `end_height`         Int64 COMMENT 'Last block of the session',
    `root`               String COMMENT 'Root that is claimed, 96 hex digits',
    `mined`              UInt64 COMMENT 'Leaves that are claimed',
    `phase`              LowCardinality(String) COMMENT 'sealed, claimed, proof_due, proven, proof_waived or ended',
    `outcome`            LowCardinality(String) COMMENT 'How it ended; empty before: settled, expired, discarded, claim_missed, empty, unseen, unprofitable',
    `reason`             String COMMENT 'Why it ended as it did',
    `claim_close_height` Int64 COMMENT 'Last height at which a claim is accepted',
    `proof_open_height`  Int64 COMMENT 'First height at which a proof is accepted',
    `proof_close_height` Int64 COMMENT 'Last height at which a proof is accepted; also the settlement height',
    `claim_attempts`     UInt32 COMMENT 'Broadcasts of the claim',
    `proof_attempts`     UInt32 COMMENT 'Broadcasts of the proof',
    `claim_tx`           String COMMENT 'Hash of the last claim broadcast, upper-case hex',
    `proof_tx`           String COMMENT 'Hash of the last proof broadcast, upper-case hex',
    `proof_requirement`  LowCardinality(String) COMMENT 'NOT_REQUIRED, PROBABILISTIC or THRESHOLD; empty: not yet known',
    `claimed_upokt`      UInt128 COMMENT 'Value of the claim by the chain''s formula, as the submitter computed it',
    `settled_upokt`      UInt128 COMMENT 'Value by the settlement event, as the submitter saw it',
    `fee_upokt`          UInt128 COMMENT 'Fees offered for its broadcasts, its share of batches',
    `height`             Int64 COMMENT 'Height at which the submitter saw this',
    `stream_seq`         UInt64 COMMENT 'Sequence of the message in stream CLAIMS'
)
ENGINE = ReplacingMergeTree(stream_seq) -- phases only move forward: the last message is the state
ORDER BY (session_id, supplier)
COMMENT 'Claims and proofs as our submitter sees them, newest state. Source: lode.claim.changed and lode.claim.ended';

-- +goose Down
DROP TABLE IF EXISTS obligations;
DROP TABLE IF EXISTS sessions;
DROP TABLE IF EXISTS relays;
