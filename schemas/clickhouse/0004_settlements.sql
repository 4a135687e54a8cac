-- +goose Up
-- Money. Amounts are whole upokt.

CREATE TABLE IF NOT EXISTS settlements
(
    `supplier`               LowCardinality(String) COMMENT 'Operator address',
    `application`            LowCardinality(String) COMMENT 'Application address',
    `service`                LowCardinality(String) COMMENT 'Service id',
    `session_end_height`     Int64 COMMENT 'Last block of the session',
    `session_id`             String COMMENT '64 lower-case hex digits',
    `owner`                  LowCardinality(String) COMMENT 'Owner address of the supplier at settlement',
    `proof_requirement`      LowCardinality(String) COMMENT 'NOT_REQUIRED, PROBABILISTIC or THRESHOLD',
    `num_relays`             UInt64 COMMENT 'Leaves of the claim',
    `compute_units`          UInt64 COMMENT 'Sum of the claim',
    `estimated_relays`       UInt64 COMMENT 'Leaves scaled by difficulty',
    `estimated_compute_units` UInt64 COMMENT 'Sum scaled by difficulty',
    `claimed_upokt`          UInt128 COMMENT 'Value before caps',
    `settled_upokt`          UInt128 COMMENT 'Value after caps: what the application''s stake was burnt',
    `minted_upokt`           UInt128 COMMENT 'settled * mint ratio, rounded down; without global inflation',
    `overservicing_loss_upokt` UInt128 COMMENT 'claimed - settled',
    `deflation_loss_upokt`   UInt128 COMMENT 'settled - minted',
    `mint_ratio`             String COMMENT 'The chain''s decimal text',
    `earned_upokt`           UInt128 COMMENT 'Paid to the supplier''s shareholders: reasons 4 and 7 of reward_shares',
    `paid_upokt`             UInt128 COMMENT 'Paid to anybody: the sum of reward_shares; validators are paid for a settlement as a whole',
    `height`                 Int64 COMMENT 'Settlement height',
    `event_index`            UInt32 COMMENT 'Event in that block',
    `time`                   DateTime64(9, 'UTC') COMMENT 'Time of that block',
    `version`                UInt64 COMMENT 'height * 2^24 + event_index',
    INDEX by_time time TYPE minmax, -- rows lie in the order of session ends, and so nearly in that of time
    INDEX by_height height TYPE minmax
)
ENGINE = ReplacingMergeTree(version) -- a claim settles once
PARTITION BY intDiv(session_end_height, 10000) -- a claim lies in one partition; a week of mainnet each
ORDER BY (session_end_height, supplier, application, service) -- ranges of time are read
COMMENT 'Settled claims. Source: EventClaimSettled';

CREATE TABLE IF NOT EXISTS reward_shares
(
    `height`             Int64 COMMENT 'Settlement height',
    `event_index`        UInt32 COMMENT 'Settlement event in that block',
    `share_index`        UInt32 COMMENT 'Position in the event''s list, from 0',
    `time`               DateTime64(9, 'UTC') COMMENT 'Time of the block',
    `supplier`           LowCardinality(String) COMMENT 'Operator address of the claim',
    `application`        LowCardinality(String) COMMENT 'Application address of the claim',
    `service`            LowCardinality(String) COMMENT 'Service id of the claim',
    `session_id`         String COMMENT 'Session of the claim',
    `session_end_height` Int64 COMMENT 'Last block of the session',
    `recipient`          LowCardinality(String) COMMENT 'Who was paid',
    `op_reason`          Int32 COMMENT 'Number of the chain''s SettlementOpReason; 4 and 7 are the supplier''s side',
    `op_reason_name`     LowCardinality(String) COMMENT 'Its name',
    `upokt`              UInt128 COMMENT 'Amount',
    INDEX by_time time TYPE minmax -- rows lie in the order of time
)
ENGINE = ReplacingMergeTree -- an entry of an event never changes
PARTITION BY intDiv(height, 10000) -- as settlements
ORDER BY (height, event_index, share_index)
COMMENT 'Payments of each settled claim. Validators are paid per settlement, not per claim, and are not here. Source: EventClaimSettled, reward_distribution_detailed';

-- +goose Down
DROP TABLE IF EXISTS reward_shares;
DROP TABLE IF EXISTS settlements;
