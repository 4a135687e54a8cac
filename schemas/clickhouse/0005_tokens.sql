-- +goose Up
-- What the answers of model servers say of themselves, and traces. Rows of before know nothing of it.

ALTER TABLE relays ADD COLUMN IF NOT EXISTS `model` LowCardinality(String) COMMENT 'Model, as the answer names it, else as the request does; empty: none named';
ALTER TABLE relays ADD COLUMN IF NOT EXISTS `streamed` Bool COMMENT 'The answer came as SSE or NDJSON';
ALTER TABLE relays ADD COLUMN IF NOT EXISTS `finish_reason` LowCardinality(String) COMMENT 'Why the answer ended, as the backend says it: stop, length, tool_calls, ...; empty: not said';
ALTER TABLE relays ADD COLUMN IF NOT EXISTS `first_token_ns` UInt64 COMMENT 'From the request''s leaving to the first content of a streamed answer, in nanoseconds; 0: unknown';
ALTER TABLE relays ADD COLUMN IF NOT EXISTS `cached_prompt_tokens` UInt64 COMMENT 'Part of prompt_tokens that came from a cache; see usage_known';
ALTER TABLE relays ADD COLUMN IF NOT EXISTS `reasoning_tokens` UInt64 COMMENT 'Part of completion_tokens that was thinking; see usage_known';
ALTER TABLE relays ADD COLUMN IF NOT EXISTS `trace_id` String COMMENT 'W3C trace id, 32 lower-case hex digits; empty: not traced';
ALTER TABLE relays ADD COLUMN IF NOT EXISTS `truncated` LowCardinality(String) COMMENT 'Why the answer ended early: client, backend, timeout, size, session or shutdown; empty: it is whole';

-- +goose Down
ALTER TABLE relays DROP COLUMN IF EXISTS `truncated`;
ALTER TABLE relays DROP COLUMN IF EXISTS `trace_id`;
ALTER TABLE relays DROP COLUMN IF EXISTS `reasoning_tokens`;
ALTER TABLE relays DROP COLUMN IF EXISTS `cached_prompt_tokens`;
ALTER TABLE relays DROP COLUMN IF EXISTS `first_token_ns`;
ALTER TABLE relays DROP COLUMN IF EXISTS `finish_reason`;
ALTER TABLE relays DROP COLUMN IF EXISTS `streamed`;
ALTER TABLE relays DROP COLUMN IF EXISTS `model`;
