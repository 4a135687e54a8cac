-- +goose Up
-- What the chain said. One chain per database. Every table is a ReplacingMergeTree whose sorting key names the fact,
-- so consuming a message twice adds no row to any answer; queries say FINAL.

CREATE TABLE IF NOT EXISTS blocks
(
    `height`      Int64 COMMENT 'Block height',
    `hash`        String COMMENT 'Hash of the block id, 64 upper-case hex digits as the node prints it',
    `time`        DateTime64(9, 'UTC') COMMENT 'The block''s own time; the day of a settlement is the UTC day of this',
    `chain_id`    LowCardinality(String) COMMENT 'Chain id, the same in every row',
    `proposer`    String COMMENT 'Consensus address of the proposer, 40 upper-case hex digits',
    `tx_count`    UInt32 COMMENT 'Transactions in the block',
    `event_count` UInt32 COMMENT 'Events of the block, those of its transactions included',
    `parts`       UInt32 COMMENT 'Messages that carried them',
    `stream_seq`  UInt64 COMMENT 'Sequence of the message in stream CHAIN'
)
ENGINE = ReplacingMergeTree(stream_seq) -- a height said again is the same block
ORDER BY height
COMMENT 'Blocks in order, one row a height. Source: lode.block.committed';

CREATE TABLE IF NOT EXISTS txs
(
    `height`     Int64 COMMENT 'Block height',
    `tx_index`   UInt32 COMMENT 'Position in the block, from 0',
    `time`       DateTime64(9, 'UTC') COMMENT 'Time of the block',
    `hash`       String COMMENT 'SHA-256 of the transaction, 64 upper-case hex digits',
    `code`       UInt32 COMMENT '0: executed; otherwise the error''s number in its codespace',
    `codespace`  LowCardinality(String) COMMENT 'Who numbers the code; empty when code is 0',
    `log`        String COMMENT 'Error text when code is not 0',
    `gas_wanted` Int64 COMMENT 'Gas limit of the transaction',
    `gas_used`   Int64 COMMENT 'Gas it used',
    `raw`        String COMMENT 'The transaction''s bytes; empty when they were larger than one bus message may be'
)
ENGINE = ReplacingMergeTree -- rows with one key are equal
ORDER BY (height, tx_index)
COMMENT 'Transactions and their results. Source: lode.chain.events.tx';

CREATE TABLE IF NOT EXISTS chain_events
(
    `type`        LowCardinality(String) COMMENT 'Full proto name of a typed event, or the SDK''s short name',
    `height`      Int64 COMMENT 'Block height',
    `event_index` UInt32 COMMENT 'Running number in the block: transactions first, then block events',
    `time`        DateTime64(9, 'UTC') COMMENT 'Time of the block',
    `section`     Enum8('unspecified' = 0, 'begin_block' = 1, 'tx' = 2, 'end_block' = 3) COMMENT 'Where in the block it came from',
    `tx_index`    UInt32 COMMENT 'Position of its transaction; valid when section is tx',
    `attributes`  Map(String, String) COMMENT 'Keys and values as the node gives them; values of typed events are proto JSON'
)
ENGINE = ReplacingMergeTree -- rows with one key are equal
PARTITION BY intDiv(height, 100000) -- old heights can be dropped whole
ORDER BY (type, height, event_index)
COMMENT 'Every event as it came: what the typed tables are made from. Source: lode.chain.events.*';

-- +goose Down
DROP TABLE IF EXISTS chain_events;
DROP TABLE IF EXISTS txs;
DROP TABLE IF EXISTS blocks;
