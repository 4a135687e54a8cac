-- +goose Up
-- Who takes part, and how that changed.

CREATE TABLE IF NOT EXISTS actor_states
(
    `kind`                  Enum8('supplier' = 1, 'application' = 2, 'gateway' = 3) COMMENT 'What the address is',
    `address`               String COMMENT 'Operator address of a supplier, address of an application or gateway',
    `height`                Int64 COMMENT 'Block height' CODEC(Delta, ZSTD),
    `event_index`           UInt32 COMMENT 'Event in that block; 4294967295: read from the chain''s state after the block',
    `time`                  DateTime64(9, 'UTC') COMMENT 'Time of the block' CODEC(Delta, ZSTD),
    `what`                  LowCardinality(String) COMMENT 'staked, unbonding_begin, unbonding_end, unbonding_canceled, stake_stuck, slashed, service_activated, redelegated, transfer_begin, transfer_end, transfer_received, transfer_error, metadata_updated, or seen: read from the state',
    `known`                 Bool COMMENT 'The row has the whole record as it is after this; false: only what the event names',
    `owner`                 String COMMENT 'Owner address of a supplier; otherwise empty',
    `stake_upokt`           UInt128 COMMENT 'known: stake after this; slashed: stake left; stake_stuck: what is stuck; otherwise 0',
    `services`              Array(LowCardinality(String)) COMMENT 'known: configured service ids; service_activated: the one',
    `gateways`              Array(String) COMMENT 'known, of an application: gateways that it delegates to',
    `spend_limit_upokt`     UInt128 COMMENT 'known, of an application: most stake a session may take; 0: no limit',
    `unstake_end_height`    Int64 COMMENT 'known: last block of the session in which unbonding began; 0: not unbonding',
    `unbonding_end_height`  Int64 COMMENT 'unbonding_begin, unbonding_end: when the stake is paid back; otherwise 0',
    `other`                 String COMMENT 'transfer_*: destination address; transfer_received: source address',
    `reason`                String COMMENT 'In the chain''s words; empty where it gives none'
)
ENGINE = ReplacingMergeTree -- rows with one key are equal
ORDER BY (kind, address, height, event_index) -- one actor's history is one range
COMMENT 'Suppliers, applications and gateways over time. Source: EventSupplier*, EventApplication*, EventGateway*, EventRedelegation, EventTransfer*, and the state itself at intervals';

CREATE TABLE IF NOT EXISTS service_states
(
    `service`       LowCardinality(String) COMMENT 'Service id',
    `height`        Int64 COMMENT 'Block height' CODEC(Delta, ZSTD),
    `tx_index`      UInt32 COMMENT 'Transaction in that block; 4294967295: read from the chain''s state after the block',
    `msg_index`     UInt32 COMMENT 'Message in that transaction',
    `inner`         UInt32 COMMENT 'Position among the messages that one authz execution carries; 0: not carried',
    `time`          DateTime64(9, 'UTC') COMMENT 'Time of the block' CODEC(Delta, ZSTD),
    `what`          LowCardinality(String) COMMENT 'added: created or changed; transferred; seen: read from the state',
    `owner`         String COMMENT 'Source that earns its share; transferred: the new one',
    `name`          String COMMENT 'Name; empty when transferred',
    `compute_units_per_relay` UInt64 COMMENT 'Weight of a relay; counts from the next session; 0 when transferred'
)
ENGINE = ReplacingMergeTree -- rows with one key are equal
ORDER BY (service, height, tx_index, msg_index, inner) -- one service's history is one range
COMMENT 'Services over time; the chain has no events for them. Source: MsgAddService and MsgTransferService that were executed, and the state itself at intervals';

CREATE TABLE IF NOT EXISTS difficulties
(
    `service`          LowCardinality(String) COMMENT 'Service id',
    `height`           Int64 COMMENT 'Block whose settlements changed it; it counts from the next session' CODEC(Delta, ZSTD),
    `event_index`      UInt32 COMMENT 'Event in that block',
    `time`             DateTime64(9, 'UTC') COMMENT 'Time of the block' CODEC(Delta, ZSTD),
    `target`           FixedString(64) COMMENT 'New target, hex: a relay is mined when its hash is strictly below',
    `previous_target`  FixedString(64) COMMENT 'Target before, hex',
    `relays_ema`       UInt64 COMMENT 'New moving average of leaves in a settlement',
    `previous_relays_ema` UInt64 COMMENT 'Moving average before'
)
ENGINE = ReplacingMergeTree -- an event never changes
ORDER BY (service, height, event_index) -- one service's history is one range
COMMENT 'Relay mining difficulty over time. Source: EventRelayMiningDifficultyUpdated';

CREATE TABLE IF NOT EXISTS params_seen
(
    `module` LowCardinality(String) COMMENT 'shared, session, service, proof, tokenomics, supplier, application or gateway',
    `name`   LowCardinality(String) COMMENT 'Parameter',
    `height` Int64 COMMENT 'The state after this block said so' CODEC(Delta, ZSTD),
    `time`   DateTime64(9, 'UTC') COMMENT 'Time of the block' CODEC(Delta, ZSTD),
    `value`  String COMMENT 'Proto JSON' CODEC(ZSTD)
)
ENGINE = ReplacingMergeTree -- a past state never changes
ORDER BY (module, name, height) -- one parameter's history is one range
COMMENT 'Parameters as the chain''s state had them, at intervals: also those that came by governance, without a transaction of their own';

CREATE TABLE IF NOT EXISTS param_updates
(
    `module`    LowCardinality(String) COMMENT 'Module of the parameter',
    `name`      LowCardinality(String) COMMENT 'Parameter',
    `height`    Int64 COMMENT 'Block of the update' CODEC(Delta, ZSTD),
    `tx_index`  UInt32 COMMENT 'Transaction in that block',
    `msg_index` UInt32 COMMENT 'Message in that transaction',
    `inner`     UInt32 COMMENT 'Position among the messages that one authz execution carries; 0: not carried',
    `time`      DateTime64(9, 'UTC') COMMENT 'Time of the block' CODEC(Delta, ZSTD),
    `value`     String COMMENT 'Proto JSON' CODEC(ZSTD),
    `authority` String COMMENT 'In whose name'
)
ENGINE = ReplacingMergeTree -- a transaction never changes
ORDER BY (module, name, height, tx_index, msg_index, inner) -- one parameter's history is one range
COMMENT 'Updates of parameters by transactions, also those inside authz executions. Source: MsgUpdateParam and MsgUpdateParams that were executed';

-- +goose Down
DROP TABLE IF EXISTS param_updates;
DROP TABLE IF EXISTS params_seen;
DROP TABLE IF EXISTS difficulties;
DROP TABLE IF EXISTS service_states;
DROP TABLE IF EXISTS actor_states;
