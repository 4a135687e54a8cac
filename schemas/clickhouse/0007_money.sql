-- +goose Up
-- Where every upokt came from and went. Amounts are whole upokt.

CREATE TABLE IF NOT EXISTS supply_changes
(
    `height`      Int64 COMMENT 'Block height' CODEC(Delta, ZSTD),
    `event_index` UInt32 COMMENT 'Event in that block',
    `time`        DateTime64(9, 'UTC') COMMENT 'Time of the block' CODEC(Delta, ZSTD),
    `kind`        Enum8('mint' = 1, 'burn' = 2) COMMENT 'mint adds to the supply, burn takes from it',
    `account`     LowCardinality(String) COMMENT 'Module account that minted or burnt',
    `upokt`       UInt128 COMMENT 'Amount' CODEC(ZSTD)
)
ENGINE = ReplacingMergeTree -- an event never changes
ORDER BY (height, event_index) -- summed over ranges of height
COMMENT 'Every mint and burn of the bank module: the supply at a height is one at any earlier height plus these. Source: events coinbase and burn';

CREATE TABLE IF NOT EXISTS supply_seen
(
    `height` Int64 COMMENT 'The state after this block said so' CODEC(Delta, ZSTD),
    `time`   DateTime64(9, 'UTC') COMMENT 'Time of the block' CODEC(Delta, ZSTD),
    `upokt`  UInt128 COMMENT 'Supply by the bank module' CODEC(ZSTD)
)
ENGINE = ReplacingMergeTree -- a past state never changes
ORDER BY height
COMMENT 'Supply as the chain''s state had it, at intervals: what the replayed one is compared with';

CREATE TABLE IF NOT EXISTS balance_changes
(
    `account`     String COMMENT 'Address, also of a module account',
    `height`      Int64 COMMENT 'Block height' CODEC(Delta, ZSTD),
    `event_index` UInt32 COMMENT 'Event in that block',
    `time`        DateTime64(9, 'UTC') COMMENT 'Time of the block' CODEC(Delta, ZSTD),
    `section`     Enum8('unspecified' = 0, 'begin_block' = 1, 'tx' = 2, 'end_block' = 3) COMMENT 'Where in the block it came from',
    `tx_index`    UInt32 COMMENT 'Position of its transaction; valid when section is tx',
    `msg_index`   Int32 COMMENT 'Message of that transaction; -1: none, as for fees',
    `upokt`       Int128 COMMENT 'What the balance changed by; negative: spent' CODEC(ZSTD)
)
ENGINE = ReplacingMergeTree -- an event never changes
PARTITION BY intDiv(height, 1000000) -- old heights can be dropped whole
ORDER BY (account, height, event_index) -- one account's statement is one range
COMMENT 'Every change of every balance. Source: events coin_received and coin_spent';

CREATE TABLE IF NOT EXISTS fees
(
    `height`      Int64 COMMENT 'Block height' CODEC(Delta, ZSTD),
    `tx_index`    UInt32 COMMENT 'Position in the block',
    `time`        DateTime64(9, 'UTC') COMMENT 'Time of the block' CODEC(Delta, ZSTD),
    `payer`       LowCardinality(String) COMMENT 'Who paid; also for a transaction that failed later',
    `upokt`       UInt128 COMMENT 'Gas fee'
)
ENGINE = ReplacingMergeTree -- an event never changes
ORDER BY (height, tx_index) -- joined with txs and claim_messages, which are ordered alike
COMMENT 'Gas fees that were paid. Source: event tx of the ante handler';

CREATE TABLE IF NOT EXISTS claim_messages
(
    `height`             Int64 COMMENT 'Block height' CODEC(Delta, ZSTD),
    `tx_index`           UInt32 COMMENT 'Transaction in that block',
    `msg_index`          UInt32 COMMENT 'Message in that transaction',
    `inner`              UInt32 COMMENT 'Position among the messages that one authz execution carries; 0: not carried',
    `time`               DateTime64(9, 'UTC') COMMENT 'Time of the block' CODEC(Delta, ZSTD),
    `kind`               Enum8('claim' = 1, 'proof' = 2) COMMENT 'MsgCreateClaim or MsgSubmitProof',
    `supplier`           LowCardinality(String) COMMENT 'Operator address',
    `application`        LowCardinality(String) COMMENT 'Application address',
    `service`            LowCardinality(String) COMMENT 'Service id',
    `session_id`         String COMMENT '64 lower-case hex digits',
    `session_start_height` Int64 COMMENT 'First block of the session, as the message says',
    `session_end_height` Int64 COMMENT 'Last block of the session, as the message says',
    `root`               String COMMENT 'claim: root, 96 hex digits; proof: empty',
    `code`               UInt32 COMMENT '0: executed; otherwise the whole transaction had no effect but its fee',
    `of`                 UInt32 COMMENT 'Claims and proofs in the transaction: they share its fee'
)
ENGINE = ReplacingMergeTree -- a transaction never changes
ORDER BY (height, tx_index, msg_index, inner) -- joined with txs and fees, which are ordered alike
COMMENT 'Every claim and proof that came in a transaction, also those that the chain refused: the only place that has session id, root and fee of a claim. Source: lode.chain.events.tx';

CREATE TABLE IF NOT EXISTS proof_submissions
(
    `supplier`           LowCardinality(String) COMMENT 'Operator address',
    `application`        LowCardinality(String) COMMENT 'Application address',
    `service`            LowCardinality(String) COMMENT 'Service id',
    `session_end_height` Int64 COMMENT 'Last block of the session',
    `height`             Int64 COMMENT 'Block height',
    `event_index`        UInt32 COMMENT 'Event in that block',
    `tx_index`           UInt32 COMMENT 'Transaction in that block',
    `time`               DateTime64(9, 'UTC') COMMENT 'Time of the block',
    `updated`            Bool COMMENT 'It replaced an earlier proof of the same window'
)
ENGINE = ReplacingMergeTree -- an event never changes
PARTITION BY intDiv(session_end_height, 10000) -- beside claims and proofs
ORDER BY (session_end_height, supplier, application, service, height, event_index)
COMMENT 'Proofs that the chain took; its check of them is in proofs. Source: EventProofSubmitted and EventProofUpdated';

CREATE TABLE IF NOT EXISTS reimbursements
(
    `height`      Int64 COMMENT 'Settlement height' CODEC(Delta, ZSTD),
    `event_index` UInt32 COMMENT 'Event in that block',
    `time`        DateTime64(9, 'UTC') COMMENT 'Time of the block' CODEC(Delta, ZSTD),
    `application` LowCardinality(String) COMMENT 'Application that paid',
    `supplier`    LowCardinality(String) COMMENT 'Operator address of the claim',
    `owner`       LowCardinality(String) COMMENT 'Owner address of the supplier',
    `service`     LowCardinality(String) COMMENT 'Service id',
    `session_id`  String COMMENT 'Session of the claim',
    `upokt`       UInt128 COMMENT 'Global inflation that the application paid in advance, to be paid back by the DAO'
)
ENGINE = ReplacingMergeTree -- an event never changes
ORDER BY (height, event_index)
COMMENT 'What applications paid beyond their claims. Source: EventApplicationReimbursementRequest';

CREATE TABLE IF NOT EXISTS settlement_batches
(
    `height`             Int64 COMMENT 'Settlement height' CODEC(Delta, ZSTD),
    `event_index`        UInt32 COMMENT 'Event in that block',
    `time`               DateTime64(9, 'UTC') COMMENT 'Time of the block' CODEC(Delta, ZSTD),
    `session_end_height` Int64 COMMENT 'Session end of the first settled claim',
    `op_type`            LowCardinality(String) COMMENT 'mint, mod_to_mod, mod_to_acct or burn',
    `op_reason`          Int32 COMMENT 'Number of the chain''s SettlementOpReason',
    `op_reason_name`     LowCardinality(String) COMMENT 'Its name',
    `sender`             LowCardinality(String) COMMENT 'Module that it came from',
    `recipient`          LowCardinality(String) COMMENT 'Module or address that it went to',
    `upokt`              UInt128 COMMENT 'Sum over the claims of the settlement',
    `claims`             UInt32 COMMENT 'How many claims it is the sum of'
)
ENGINE = ReplacingMergeTree -- an event never changes
ORDER BY (height, event_index)
COMMENT 'What each settlement really moved: also the parts that are of no single claim, as those of validators. Source: EventSettlementBatch';

CREATE TABLE IF NOT EXISTS validator_rewards
(
    `height`                  Int64 COMMENT 'Settlement height' CODEC(Delta, ZSTD),
    `event_index`             UInt32 COMMENT 'Event in that block',
    `time`                    DateTime64(9, 'UTC') COMMENT 'Time of the block' CODEC(Delta, ZSTD),
    `session_end_height`      Int64 COMMENT 'Session end of the first settled claim',
    `op_reason`               Int32 COMMENT '20: of relay mint, 21: of global inflation',
    `validator`               LowCardinality(String) COMMENT 'Validator operator address',
    `account`                 LowCardinality(String) COMMENT 'Account that its own part is paid to',
    `commission_rate`         String COMMENT 'The chain''s decimal text',
    `pool_upokt`              UInt128 COMMENT 'Its share of the proposers'' pool: commission + self + delegators',
    `commission_upokt`        UInt128 COMMENT 'Commission on the delegators'' part',
    `self_upokt`              UInt128 COMMENT 'For its own delegation',
    `delegators_upokt`        UInt128 COMMENT 'For the others''',
    `delegated_upokt`         UInt128 COMMENT 'All that is delegated to it',
    `delegators`              UInt32 COMMENT 'Number of other delegators'
)
ENGINE = ReplacingMergeTree -- an event never changes
ORDER BY (height, event_index)
COMMENT 'Rewards of validators, once for each settlement and reason. Source: EventValidatorRewardDistribution';

CREATE TABLE IF NOT EXISTS revshare_fallbacks
(
    `height`             Int64 COMMENT 'Settlement height' CODEC(Delta, ZSTD),
    `event_index`        UInt32 COMMENT 'Event in that block',
    `time`               DateTime64(9, 'UTC') COMMENT 'Time of the block' CODEC(Delta, ZSTD),
    `supplier`           LowCardinality(String) COMMENT 'Operator address',
    `owner`              LowCardinality(String) COMMENT 'Owner address, who got all',
    `service`            LowCardinality(String) COMMENT 'Service id',
    `session_end_height` Int64 COMMENT 'Last block of the session',
    `op_reason`          Int32 COMMENT 'Number of the chain''s SettlementOpReason',
    `upokt`              UInt128 COMMENT 'Amount',
    `percentage`         UInt64 COMMENT 'Sum of the configured shares; it should be 100',
    `reason`             String COMMENT 'In the chain''s words'
)
ENGINE = ReplacingMergeTree -- an event never changes
ORDER BY (height, event_index)
COMMENT 'Payments to the owner because the configured shares cannot be used. Source: EventSupplierRevShareFallbackDistribution';

ALTER TABLE claim_failures ADD COLUMN IF NOT EXISTS `spend_limit_exceeded` Bool COMMENT 'overserviced: the application''s own limit was less than its stake allows';

-- +goose Down
ALTER TABLE claim_failures DROP COLUMN IF EXISTS `spend_limit_exceeded`;
DROP TABLE IF EXISTS revshare_fallbacks;
DROP TABLE IF EXISTS validator_rewards;
DROP TABLE IF EXISTS settlement_batches;
DROP TABLE IF EXISTS reimbursements;
DROP TABLE IF EXISTS proof_submissions;
DROP TABLE IF EXISTS claim_messages;
DROP TABLE IF EXISTS fees;
DROP TABLE IF EXISTS balance_changes;
DROP TABLE IF EXISTS supply_seen;
DROP TABLE IF EXISTS supply_changes;
