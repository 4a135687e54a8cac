-- +goose Up
-- Relays summed by minute and hour: see services/docs/adr/0014-rollups-are-rebuilt.md. A rollup is made anew from the
-- relays of one session end height, replaces itself, and sums to the same however often it is made.

CREATE TABLE IF NOT EXISTS relay_marks
(
    `end_height` Int64 COMMENT 'Last block of the sessions',
    `session_id` String COMMENT '64 lower-case hex digits',
    `marked_at`  DateTime64(9, 'UTC') DEFAULT now64(9) COMMENT 'By the store''s clock, after the rows were stored'
)
ENGINE = ReplacingMergeTree(marked_at) -- the newest mark counts
ORDER BY (end_height, session_id)
COMMENT 'Sessions that got rows in relays, or their seal, and when the last ones came: what a rollup must read';

CREATE TABLE IF NOT EXISTS rollups
(
    `end_height` Int64 COMMENT 'Last block of the sessions whose relays are summed',
    `built_at`   DateTime64(9, 'UTC') COMMENT 'By the store''s clock, before relays was read'
)
ENGINE = ReplacingMergeTree(built_at) -- the newest build counts
ORDER BY end_height
COMMENT 'Which session ends are summed up to when';

CREATE TABLE IF NOT EXISTS relay_minutes
(
    `minute`        DateTime('UTC') COMMENT 'Start of the minute in which the answers were sent' CODEC(Delta, ZSTD),
    `end_height`    Int64 COMMENT 'Last block of the session' CODEC(Delta, ZSTD),
    `supplier`      LowCardinality(String) COMMENT 'Operator address',
    `service`       LowCardinality(String) COMMENT 'Service id',
    `application`   LowCardinality(String) COMMENT 'Application address',
    `model`         LowCardinality(String) COMMENT 'Model; empty: none named',
    `relayer`       LowCardinality(String) COMMENT 'Incarnation of the relayer process',
    `status`        UInt32 COMMENT 'Status code of the backend''s answer',
    `truncated`     LowCardinality(String) COMMENT 'Why the answers ended early; empty: they are whole',
    `finish_reason` LowCardinality(String) COMMENT 'Why they ended, as the backend says it',
    `gateway`       LowCardinality(String) COMMENT 'As in relays',
    `gateway_by`    LowCardinality(String) COMMENT 'As in relays',
    `backend`       LowCardinality(String) COMMENT 'As in relays',
    `region`        LowCardinality(String) COMMENT 'As in relays',
    `relays`        UInt64 COMMENT 'Entries of the log' CODEC(ZSTD),
    `mined`         UInt64 COMMENT 'Of them, below the difficulty target' CODEC(ZSTD),
    `streamed`      UInt64 COMMENT 'Of them, answered by SSE or NDJSON' CODEC(ZSTD),
    `usage_unknown` UInt64 COMMENT 'Of them, without usage in the answer: their tokens are missing below' CODEC(ZSTD),
    `compute_units` UInt64 COMMENT 'Sum' CODEC(ZSTD),
    `request_bytes` UInt64 COMMENT 'Sum' CODEC(ZSTD),
    `response_bytes` UInt64 COMMENT 'Sum' CODEC(ZSTD),
    `prompt_tokens` UInt64 COMMENT 'Sum' CODEC(ZSTD),
    `completion_tokens` UInt64 COMMENT 'Sum' CODEC(ZSTD),
    `cached_prompt_tokens` UInt64 COMMENT 'Sum' CODEC(ZSTD),
    `reasoning_tokens` UInt64 COMMENT 'Sum' CODEC(ZSTD),
    `backend_ns`    UInt64 COMMENT 'Sum of the times backends took' CODEC(ZSTD),
    `writing_ns`    UInt64 COMMENT 'That sum over answers with completion tokens only' CODEC(ZSTD),
    `first_tokens`  UInt64 COMMENT 'Answers whose time to the first token is known' CODEC(ZSTD),
    `backend_sketch` AggregateFunction(quantilesBFloat16(0.5), UInt64) COMMENT 'Quantiles of backend time, a percent exact, and never too high' CODEC(ZSTD),
    `first_token_sketch` AggregateFunction(quantilesBFloat16If(0.5), UInt64, UInt8) COMMENT 'Quantiles of the time to the first token, where it is known' CODEC(ZSTD),
    `built_at`      DateTime64(9, 'UTC') COMMENT 'When this row was made, by the store''s clock',
    INDEX by_end end_height TYPE minmax -- one session end is summed by hour, and read beside its settlements
)
ENGINE = ReplacingMergeTree(relays) -- the log only grows: the sums of most relays are the right ones, those of as many are equal
PARTITION BY toYYYYMM(minute) -- months can be dropped whole
ORDER BY (minute, end_height, supplier, service, application, model, relayer, status, truncated, finish_reason, gateway, gateway_by, backend, region) -- time ranges are read
COMMENT 'Answered relays by minute. Source: relays';

CREATE TABLE IF NOT EXISTS relay_hours AS relay_minutes
ENGINE = ReplacingMergeTree(relays) -- as relay_minutes
PARTITION BY toYYYYMM(minute)
ORDER BY (minute, end_height, supplier, service, application, model, relayer, status, truncated, finish_reason, gateway, gateway_by, backend, region)
COMMENT 'Answered relays by hour: column minute is the start of the hour. Source: relay_minutes';

-- +goose Down
DROP TABLE IF EXISTS relay_hours;
DROP TABLE IF EXISTS relay_minutes;
DROP TABLE IF EXISTS rollups;
DROP TABLE IF EXISTS relay_marks;
